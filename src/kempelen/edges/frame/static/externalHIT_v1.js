/*
 * The three functions that requesters' pages have long loaded under this name, written anew:
 * they read the parameters of the frame's address and prepare the form "mturk_form".
 */
var turkGetParam = function (name, defaultValue) {
  "use strict";
  var pairs = window.location.search.slice(1).split("&");
  for (var i = 0; i < pairs.length; i += 1) {
    var at = pairs[i].indexOf("=");
    if (at > 0 && pairs[i].slice(0, at) === name) {
      // As it stands in the address: pages decode it themselves.
      return pairs[i].slice(at + 1);
    }
  }
  return defaultValue;
};

// Without a usable parameter answers go where this script came from.
var turkGetSubmitToHost = (function () {
  "use strict";
  var script = document.currentScript;
  var scriptOrigin = new URL(script === null ? document.baseURI : script.src).origin;
  return function () {
    var raw = turkGetParam("turkSubmitTo", "");
    var decoded = "";
    try {
      decoded = decodeURIComponent(raw);
    } catch (error) {
      decoded = raw;
    }
    return /^(https?:)?\/\//i.test(decoded) ? decoded : scriptOrigin;
  };
})();

var turkSetAssignmentID = function (formName, buttonName) {
  "use strict";
  var assignmentId = turkGetParam("assignmentId", "");
  var field = document.getElementById("assignmentId");
  if (field !== null) {
    field.value = assignmentId;
  }
  if (assignmentId === "ASSIGNMENT_ID_NOT_AVAILABLE") {
    var button = document.getElementById(buttonName || "submitButton");
    if (button !== null) {
      button.disabled = true;
      button.value = "You must ACCEPT the HIT before you can submit the results.";
    }
  }
  var form = document.forms.namedItem(formName || "mturk_form");
  if (form !== null) {
    form.setAttribute("action", turkGetSubmitToHost() + "/mturk/externalSubmit");
  }
};
