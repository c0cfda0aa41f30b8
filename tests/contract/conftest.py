"""botocore's model of the service, the oracle of the contract."""

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel


@pytest.fixture(scope="session")
def model() -> ServiceModel:
    """Return the published model of the Requester API."""
    return ServiceModel(Loader().load_service_model("mturk", "service-2"), "mturk")
