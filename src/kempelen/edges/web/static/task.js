/*
 * The page around a task frame: takes the frame's messages, and finishes a submission that the
 * frame has handed over. What a frame says is believed only from the frame itself, or for
 * submissions from a window inside it; its texts are never shown, only our own for its codes.
 */
(function () {
  "use strict";

  var HEIGHT_MAX = 20000;
  var TICKET_MAX = 200;
  var LOAD_MS = 15000;
  var TIMER_MS_MAX = 2147483647;
  var DEPTH_MAX = 20;
  var SUBMIT_ERRORS = {
    "KMP-SUBMIT-400-ASSIGNMENT-ID":
      "Nothing was saved: the task did not say which HIT its answers belong to. Tell the requester.",
    "KMP-SUBMIT-400-UNREADABLE":
      "Nothing was saved: the answers did not arrive whole. Go back in the task and submit again.",
    "KMP-SUBMIT-404-ASSIGNMENT":
      "Nothing was saved: there is no such assignment. Open the HIT from your queue again.",
    "KMP-SUBMIT-405-METHOD":
      "Nothing was saved: the task sends its answers in a way that is not accepted here. Tell the requester.",
    "KMP-SUBMIT-409-PREVIEW": "This is a preview. Accept the HIT first; nothing was saved.",
    "KMP-SUBMIT-409-RETURNED": "Nothing was saved: this assignment was returned.",
    "KMP-SUBMIT-409-TIME-RAN-OUT": "Nothing was saved: the time for this assignment ran out.",
    "KMP-SUBMIT-413-TOO-LARGE":
      "Nothing was saved: the answers are too large. Go back in the task and shorten them.",
    "KMP-SUBMIT-415-FILES":
      "Nothing was saved: files cannot be sent here. Go back in the task and submit without them.",
    "KMP-SUBMIT-415-TYPE":
      "Nothing was saved: the task sends its answers in a form that is not accepted here. Tell the requester.",
    "KMP-SUBMIT-422-ANSWERS":
      "Nothing was saved: some answers need attention. Go back in the task to correct them.",
    "KMP-SUBMIT-422-FIELDS":
      "Nothing was saved: the task sends too many fields, or too long names. Tell the requester.",
    "KMP-SUBMIT-500-FAULT":
      "Nothing was saved: something went wrong on this site. Go back in the task and submit again."
  };

  var frame = document.getElementById("task-frame");
  var form = document.getElementById("finish-form");
  var notice = document.getElementById("frame-message");
  if (frame === null) {
    return;
  }
  var assignmentId = frame.dataset.assignmentId || "";
  var isDirty = false;
  var isFinishing = false;
  var hasLoaded = false;
  var hasSpoken = false;
  // Documents that this site serves run our helper; in the sandbox they have no origin to name.
  var isOurDocument = frame.src.indexOf(window.location.origin + "/frame/") === 0;

  function isFromInside(source) {
    for (var depth = 0; source && depth < DEPTH_MAX; depth += 1) {
      if (source === frame.contentWindow) {
        return true;
      }
      if (source === source.parent) {
        return false;
      }
      source = source.parent;
    }
    return false;
  }

  function say(text) {
    if (notice !== null) {
      notice.textContent = text;
    }
  }

  function finish(ticket) {
    if (form === null || isFinishing) {
      return;
    }
    isFinishing = true;
    say("Submitting your answers…");
    form.elements.namedItem("ticket").value = ticket;
    form.submit();
  }

  function onStaged(message) {
    var isTicket = typeof message.ticket === "string" && message.ticket.length <= TICKET_MAX;
    if (isTicket && message.ticket !== "" && isOwnAssignment(message)) {
      finish(message.ticket);
    }
  }

  function isOwnAssignment(message) {
    return assignmentId !== "" && message.assignmentId === assignmentId;
  }

  function onSubmitError(message) {
    if (Object.prototype.hasOwnProperty.call(SUBMIT_ERRORS, message.code)) {
      say(SUBMIT_ERRORS[message.code]);
    }
  }

  function setting(name) {
    return window.matchMedia(name).matches;
  }

  function context() {
    var root = document.documentElement;
    var dark = setting("(prefers-color-scheme: dark)");
    return {
      source: "kempelen",
      v: 1,
      type: "context",
      assignmentId: assignmentId || "ASSIGNMENT_ID_NOT_AVAILABLE",
      hitId: new URL(frame.src).searchParams.get("hitId"),
      preview: assignmentId === "",
      deadline: frame.dataset.deadline || null,
      serverNow: frame.dataset.serverNow || null,
      locale: root.lang,
      theme: root.dataset.theme || (dark ? "dark" : "light"),
      reducedMotion: setting("(prefers-reduced-motion: reduce)")
    };
  }

  function tellOurDocument(message) {
    if (isOurDocument && frame.contentWindow !== null) {
      frame.contentWindow.postMessage(message, "*");
    }
  }

  function watchDeadline() {
    var left = Date.parse(frame.dataset.deadline) - Date.parse(frame.dataset.serverNow);
    if (left >= 0 && left <= TIMER_MS_MAX) {
      window.setTimeout(tellOurDocument, left, { source: "kempelen", v: 1, type: "expired" });
    }
  }

  function onSize(message) {
    var height = Number(frame.getAttribute("height"));
    if (isOurDocument && height > 0 && Number.isFinite(message.height)) {
      frame.height = String(Math.max(height, Math.min(Math.ceil(message.height), HEIGHT_MAX)));
    }
  }

  function onMessage(event) {
    var message = event.data;
    if (!message || message.source !== "kempelen" || message.v !== 1) {
      return;
    }
    if (!isFromInside(event.source)) {
      return;
    }
    hasSpoken = true;
    if (message.type === "staged") {
      onStaged(message);
    } else if (message.type === "submitted" && isOwnAssignment(message)) {
      // Nothing is left to hand in; the site shows what became of it.
      finish("");
    } else if (message.type === "submit-error") {
      onSubmitError(message);
    } else if (event.source === frame.contentWindow) {
      onOwnMessage(event, message);
    }
  }

  function onOwnMessage(event, message) {
    if (message.type === "ready") {
      event.source.postMessage(context(), event.origin === "null" ? "*" : event.origin);
    } else if (message.type === "size") {
      onSize(message);
    } else if (message.type === "dirty") {
      isDirty = message.dirty === true;
    }
  }

  window.addEventListener("message", onMessage);
  window.addEventListener("beforeunload", function (event) {
    if (isDirty && !isFinishing && assignmentId !== "") {
      event.preventDefault();
    }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) {
      isFinishing = false;
      say("");
    }
  });

  // The page has loaded when its frame has, however long before this script that was.
  window.addEventListener("load", function () {
    hasLoaded = true;
  });
  window.setTimeout(function () {
    if (!hasLoaded && !hasSpoken) {
      say(
        "The requester's page does not load here. Reload to try again, or return the HIT: " +
          "that does not count against you."
      );
    }
  }, LOAD_MS);
  watchDeadline();
  // A helper that was ready before this script learns its surroundings now.
  tellOurDocument(context());
})();
