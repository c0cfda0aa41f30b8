"""What the operations and the members of their shapes are, in a sentence each.

The service model carries these sentences into `help(client.create_hit)` and `aws mturk help`.
Structures are described by their docstrings, not here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Operation -> what it does.
OPERATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AcceptQualificationRequest": "Grants a Qualification that a worker has asked for.",
        "ApproveAssignment": (
            "Approves submitted work, which pays its reward. With OverrideRejection, work that was "
            "rejected in the last 30 days is approved after all."
        ),
        "AssociateQualificationWithWorker": (
            "Grants a Qualification that nobody asked for, or gives it another value."
        ),
        "CreateAdditionalAssignmentsForHIT": (
            "Lets more workers do a HIT. One that was created with fewer than 10 assignments "
            "stays below 10."
        ),
        "CreateHIT": (
            "Creates a HIT together with its HIT type, holds the money that it may cost, and shows "
            "it to workers. The task is given as Question or as HITLayoutId."
        ),
        "CreateHITType": (
            "Gives the HIT type with these properties, which is made unless it exists."
        ),
        "CreateHITWithHITType": "Creates a HIT of a HIT type that exists, as CreateHIT does.",
        "CreateQualificationType": (
            "Creates a kind of Qualification, perhaps with a test and a key that scores it."
        ),
        "CreateWorkerBlock": "Keeps a worker away from all HITs of the requester.",
        "DeleteHIT": (
            "Disposes of a HIT that is Reviewable or Reviewing and whose work is all decided."
        ),
        "DeleteQualificationType": (
            "Deletes a Qualification type and all Qualifications of this type. HIT types that "
            "require it make no more HITs."
        ),
        "DeleteWorkerBlock": "Lets a blocked worker come back.",
        "DisassociateQualificationFromWorker": "Revokes a worker's Qualification.",
        "GetAccountBalance": "Shows what the requester can spend.",
        "GetAssignment": "Shows submitted work and its HIT.",
        "GetFileUploadURL": "Gives an address from which an uploaded file can be fetched for 60 s.",
        "GetHIT": "Shows a HIT, whatever its status.",
        "GetQualificationScore": "Shows a worker's Qualification of one of the requester's types.",
        "GetQualificationType": "Shows a Qualification type.",
        "ListAssignmentsForHIT": "Lists the submitted work of a HIT in order of submission.",
        "ListBonusPayments": "Lists the bonuses that were paid for a HIT or for an assignment.",
        "ListHITs": "Lists the requester's HITs in order of creation, without disposed ones.",
        "ListHITsForQualificationType": (
            "Lists the requester's HITs that require a Qualification of one type."
        ),
        "ListQualificationRequests": (
            "Lists the requests for Qualifications that await the requester's decision."
        ),
        "ListQualificationTypes": "Searches the Qualification types.",
        "ListReviewPolicyResultsForHIT": (
            "Shows what the review policies of a HIT found, and the actions that they took."
        ),
        "ListReviewableHITs": "Lists the requester's HITs that are Reviewable, or Reviewing.",
        "ListWorkerBlocks": "Lists the workers whom the requester has blocked.",
        "ListWorkersWithQualificationType": (
            "Lists the Qualifications of one of the requester's types."
        ),
        "NotifyWorkers": "Sends an e-mail to workers who have worked for the requester.",
        "RejectAssignment": "Rejects submitted work; its reward is not paid.",
        "RejectQualificationRequest": "Refuses a Qualification that a worker has asked for.",
        "SendBonus": "Pays a worker more for an assignment that the worker has submitted.",
        "SendTestEventNotification": "Sends one notification as if an event had happened.",
        "UpdateExpirationForHIT": (
            "Moves the time until which a HIT can be accepted; a time that has passed ends it now."
        ),
        "UpdateHITReviewStatus": "Makes a Reviewable HIT Reviewing or, with Revert, the reverse.",
        "UpdateHITTypeOfHIT": (
            "Gives a HIT the properties of another HIT type, as long as nobody's work counts."
        ),
        "UpdateNotificationSettings": "Says which events of a HIT type's HITs are sent where.",
        "UpdateQualificationType": "Changes a Qualification type, except its name and keywords.",
    }
)

#: Member -> what it is, whichever structure it is in.
MEMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AcceptTime": "When the worker accepted the HIT.",
        "ActionId": "The id of the action.",
        "ActionName": "What was done: approve, reject or extend, in the words of the policy.",
        "ActionsGuarded": (
            "From where on a worker needs the Qualification: to accept the HIT, also to preview "
            "it, or even to see it."
        ),
        "Active": "Whether notifications are sent.",
        "Answer": "The answers, as a QuestionFormAnswers document.",
        "AnswerKey": "The key that scores the test, as an AnswerKey document; only with Test.",
        "ApprovalTime": "When the work was approved.",
        "Assignment": "The submitted work.",
        "AssignmentDurationInSeconds": "How long a worker has for the task after accepting it.",
        "AssignmentId": "The id of the assignment.",
        "AssignmentReviewPolicy": "The policy that reviews each assignment when it is submitted.",
        "AssignmentReviewReport": "What the policy for assignments found and did.",
        "AssignmentStatus": "Whether the work is undecided (Submitted), Approved or Rejected.",
        "AssignmentStatuses": "Only assignments with one of these statuses; all when absent.",
        "Assignments": "The assignments of this page.",
        "AutoApprovalDelayInSeconds": "How long after its submission undecided work is approved.",
        "AutoApprovalTime": "When undecided work is approved by itself.",
        "AutoGranted": "Whether every request is granted at once. Not with Test.",
        "AutoGrantedValue": "The value of a Qualification that is granted at once; 1 when absent.",
        "AvailableBalance": "What the requester can spend, in dollars.",
        "BonusAmount": "The bonus in dollars.",
        "BonusPayments": "The bonuses of this page.",
        "Comparator": "How the worker's value is compared with those of the requirement.",
        "CompleteTime": "When the action was completed.",
        "Country": "A country by its two letters in ISO 3166.",
        "CreationTime": "When it was created.",
        "Deadline": "Until when the worker had to submit.",
        "Description": "What it is about, for workers.",
        "Destination": "The address of a queue, a topic or a mailbox, as the transport wants it.",
        "ErrorCode": "Why the action failed.",
        "EventTypes": "The events that are told.",
        "Expiration": "Until when the HIT can be accepted.",
        "ExpireAt": "The new time of expiration.",
        "FileUploadURL": "Where the file can be fetched, for 60 seconds.",
        "GrantTime": "When it was granted.",
        "HIT": "The HIT.",
        "HITGroupId": "The id of the group that workers see the HIT in.",
        "HITId": "The id of the HIT.",
        "HITLayoutId": "The id of a stored template, in place of Question.",
        "HITLayoutParameters": "The values of the template's placeholders.",
        "HITReviewPolicy": "The policy that reviews the HIT when its last assignment is submitted.",
        "HITReviewReport": "What the policy for the HIT found and did.",
        "HITReviewStatus": "Whether the HIT's content was looked at.",
        "HITStatus": "Where the HIT is in its life.",
        "HITTypeId": "The id of the HIT type.",
        "HITs": "The HITs of this page.",
        "IntegerValue": "The value of the Qualification.",
        "IntegerValues": "The numbers to compare the worker's value with.",
        "IsRequestable": "Whether workers can ask for it.",
        "Key": "The name of the parameter or value.",
        "Keywords": "Words to find it by, separated by commas.",
        "LifetimeInSeconds": "How long the HIT can be accepted.",
        "LocaleValue": "The place that is the value of the Qualification.",
        "LocaleValues": "The places to compare the worker's place with.",
        "MapEntries": "The parameter's values when they are a map.",
        "MaxAssignments": "How many workers may do the HIT.",
        "MaxResults": "How many items a page has at most.",
        "MessageText": "The text of the message, up to 4,096 characters.",
        "MustBeOwnedByCaller": "Only types of the requester's own.",
        "MustBeRequestable": "Only types that workers can ask for, so none of the system's.",
        "Name": "The name.",
        "NextToken": "Where the next page begins. Leave it out to get the first page.",
        "Notification": "Which events are sent, and where.",
        "NotifyWorkersFailureCode": "HardFailure when trying again would not help.",
        "NotifyWorkersFailureMessage": "Why the worker was not notified.",
        "NotifyWorkersFailureStatuses": "The workers who were not notified, and why.",
        "NumResults": "How many items this page has.",
        "NumberOfAdditionalAssignments": "How many workers more may do the HIT.",
        "NumberOfAssignmentsAvailable": "How many more workers may accept the HIT.",
        "NumberOfAssignmentsCompleted": "How many assignments are approved or rejected.",
        "NumberOfAssignmentsPending": "How many workers are at work on the HIT.",
        "OnHoldBalance": "What HITs that are out may still cost, in dollars.",
        "OverrideRejection": "Whether rejected work is to be approved.",
        "Parameters": "The parameters of the policy.",
        "PolicyLevels": "The reports that are wanted: Assignment, HIT, or both when absent.",
        "PolicyName": "The policy's name with the date of its version.",
        "Qualification": "The Qualification.",
        "QualificationRequestId": "The id of the request.",
        "QualificationRequests": "The requests of this page.",
        "QualificationRequirements": "What a worker must be like; all of them must be met.",
        "QualificationType": "The Qualification type.",
        "QualificationTypeId": "The id of the Qualification type.",
        "QualificationTypeStatus": "Active, or Inactive when nobody can ask for it.",
        "QualificationTypes": "The Qualification types of this page.",
        "Qualifications": "The Qualifications of this page.",
        "Query": "Words of the name, the description or the keywords.",
        "Question": "The task: an HTMLQuestion, ExternalQuestion or QuestionForm document.",
        "QuestionId": "The question that the value is about, if it is about one.",
        "QuestionIdentifier": "The question whose answer is the file.",
        "Reason": "Why.",
        "RejectionTime": "When the work was rejected.",
        "RequesterAnnotation": "A note that only the requester sees.",
        "RequesterFeedback": "What the requester tells the worker about the work.",
        "RequiredToPreview": "The older form of ActionsGuarded: needed to preview, too.",
        "Result": "What came of the action.",
        "RetrieveActions": "Whether the report is to have the actions; true when absent.",
        "RetrieveResults": "Whether the report is to have the results; true when absent.",
        "RetryDelayInSeconds": (
            "How long a worker waits before asking again; without it, nobody asks twice."
        ),
        "Revert": "Whether a Reviewing HIT is to become Reviewable.",
        "ReviewActions": "The actions that the policy took.",
        "ReviewResults": "The values that the policy computed.",
        "Reward": "What a worker is paid for an approved assignment, in dollars.",
        "SendNotification": "Whether the worker is told; true when absent.",
        "Status": "The status; in a request, the one that is wanted.",
        "Subdivision": "A part of the country by its letters in ISO 3166-2.",
        "Subject": "The subject of the message, up to 200 characters.",
        "SubjectId": "The id of the assignment or HIT that the value is about.",
        "SubjectType": "Whether the value is about an Assignment or a HIT.",
        "SubmitTime": "When it was submitted.",
        "TargetId": "The id of the assignment or HIT that the action was for.",
        "TargetType": "Whether the action was for an Assignment or a HIT.",
        "Test": "The test, as a QuestionForm document.",
        "TestDurationInSeconds": "How long a worker has for the test; needed with Test.",
        "TestEventType": "The event to pretend.",
        "Title": "The title, for workers.",
        "Transport": "How notifications are sent.",
        "UniqueRequestToken": "Any text; the same call with the same text is carried out once.",
        "Value": "The value.",
        "Values": "The values.",
        "Version": "The version of the notification format: 2006-05-05 or 2014-08-15.",
        "WorkerBlocks": "The blocks of this page.",
        "WorkerId": "The id of the worker.",
        "WorkerIds": "The ids of up to 100 workers.",
    }
)
