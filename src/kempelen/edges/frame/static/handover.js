/*
 * Runs on the page that answers a submission: tells the page around the task frame what became
 * of it. Data come from the attributes of the script element; nothing here is the requester's.
 */
(function () {
  "use strict";

  var PATIENCE_MS = 4000;
  var data = document.getElementById("handover").dataset;
  var isFramed = window.top !== window;

  function tell(message) {
    message.source = "kempelen";
    message.v = 1;
    message.assignmentId = data.assignmentId;
    // Delivered only if the page at the top is ours.
    window.top.postMessage(message, data.origin);
  }

  function show(id) {
    document.getElementById(id).hidden = false;
  }

  if (data.type === "staged") {
    if (isFramed) {
      tell({ type: "staged", ticket: data.ticket });
      window.setTimeout(show, PATIENCE_MS, "finish");
    } else {
      window.location.replace(data.finishUrl);
    }
  } else if (data.type === "submitted") {
    if (isFramed) {
      tell({ type: "submitted" });
    }
  } else {
    if (isFramed) {
      tell({ type: "submit-error", code: data.code });
    }
    var back = document.querySelector("#back button");
    if (back !== null) {
      back.addEventListener("click", function () {
        window.history.back();
      });
      show("back");
    }
  }
})();
