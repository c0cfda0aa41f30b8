/*
 * The frame helper: the first script of every requester's document that we serve. It lets pages
 * written for the reference service work here, and talks to the page around the frame. Its only
 * global is window.__kempelen, which loops over window do not see.
 */
(function () {
  "use strict";

  var NOT_AVAILABLE = "ASSIGNMENT_ID_NOT_AVAILABLE";
  var PREVIEW_TEXT = "You must ACCEPT the HIT before you can submit the results.";
  var PREVIEW_CODE = "KMP-SUBMIT-409-PREVIEW";
  var SUBMIT_PATH = "/mturk/externalSubmit";
  var CHASES_MAX = 3;

  var parameters = new URLSearchParams(window.location.search);
  var assignmentId = parameters.get("assignmentId") || NOT_AVAILABLE;
  var isPreview = assignmentId === NOT_AVAILABLE;
  var submitOrigin = (
    parameters.get("turkSubmitTo") || new URL(document.currentScript.src).origin
  ).replace(/\/+$/, "");
  var submitAddress = submitOrigin + SUBMIT_PATH;
  var appOrigin = new URL(submitOrigin).origin;
  var kempelen = { context: null };
  Object.defineProperty(window, "__kempelen", { value: kempelen });

  /* --- Storage: what an opaque origin refuses gets a stand-in that lives as long as the page. */

  function makeStorage() {
    var entries = new Map();
    var methods = {
      getItem: function (key) {
        return entries.has(String(key)) ? entries.get(String(key)) : null;
      },
      setItem: function (key, value) {
        entries.set(String(key), String(value));
      },
      removeItem: function (key) {
        entries.delete(String(key));
      },
      clear: function () {
        entries.clear();
      },
      key: function (index) {
        var keys = Array.from(entries.keys());
        return index in keys ? keys[index] : null;
      }
    };
    return new Proxy(methods, {
      get: function (target, key) {
        if (key === "length") {
          return entries.size;
        }
        return key in target || typeof key === "symbol" ? target[key] : entries.get(key);
      },
      set: function (target, key, value) {
        entries.set(String(key), String(value));
        return true;
      },
      has: function (target, key) {
        return key in target || entries.has(key);
      },
      deleteProperty: function (target, key) {
        entries.delete(key);
        return true;
      },
      ownKeys: function () {
        return Array.from(entries.keys());
      },
      getOwnPropertyDescriptor: function (target, key) {
        if (!entries.has(key)) {
          return undefined;
        }
        return { value: entries.get(key), writable: true, enumerable: true, configurable: true };
      }
    });
  }

  function standIn(name) {
    try {
      void window[name];
    } catch (refused) {
      Object.defineProperty(window, name, {
        value: makeStorage(),
        enumerable: true,
        configurable: true
      });
    }
  }

  function standInForCookies() {
    try {
      void document.cookie;
    } catch (refused) {
      Object.defineProperty(document, "cookie", {
        get: function () {
          return "";
        },
        set: function () {},
        enumerable: true,
        configurable: true
      });
    }
  }

  /* --- Messages: objects to the page around the frame, and only to our own site. */

  function tell(type, payload) {
    if (window.parent !== window) {
      var message = Object.assign({ source: "kempelen", v: 1, type: type }, payload);
      window.parent.postMessage(message, appOrigin);
    }
  }

  function onMessage(event) {
    var message = event.data;
    if (event.source !== window.parent || event.origin !== appOrigin) {
      return;
    }
    if (!message || message.source !== "kempelen" || message.v !== 1) {
      return;
    }
    if (message.type === "context") {
      takeContext(message);
    } else if (message.type === "expired") {
      submitControls().forEach(function (control) {
        control.disabled = true;
      });
    }
  }

  function takeContext(context) {
    var root = document.documentElement;
    kempelen.context = context;
    if (!root.lang && context.locale) {
      root.lang = context.locale;
    }
    if (context.theme) {
      root.setAttribute("data-theme", context.theme);
    }
    // What was told before the page around listened is told again.
    measure();
    if (isDirty) {
      tell("dirty", { dirty: true });
    }
  }

  /* --- Submission: forms for the marketplace reach this site, however they were made. */

  function resolved(address) {
    try {
      return new URL(address || window.location.href, document.baseURI);
    } catch (invalid) {
      return null;
    }
  }

  // Whether an address is a submit address, ours or one that stands for it.
  function isSubmitAddress(address) {
    var url = resolved(address);
    if (url === null) {
      return false;
    }
    if (/^([^.]+\.)*mturk\.com$/i.test(url.hostname)) {
      return url.pathname.endsWith(SUBMIT_PATH);
    }
    return url.origin === appOrigin && url.pathname.endsWith(SUBMIT_PATH);
  }

  // The exact submit address with the query that the page gave.
  function repaired(address) {
    return submitAddress + resolved(address).search;
  }

  // A control may be named "action" or "target", so attributes are asked, not properties.
  function attribute(element, name) {
    return element ? Element.prototype.getAttribute.call(element, name) : null;
  }

  function setAttribute(element, name, value) {
    if (attribute(element, name) !== value) {
      Element.prototype.setAttribute.call(element, name, value);
    }
  }

  function leavesFrame(target) {
    return /^_(parent|top)$/i.test(target || "");
  }

  // Repairs a form (and the button it is submitted with); says whether it submits the HIT.
  function repair(form, button) {
    var isOurs = isSubmitAddress(attribute(form, "action"));
    if (isOurs) {
      repairOne(form, "action", "target", "method");
    }
    if (button && button.hasAttribute("formaction")) {
      isOurs = isSubmitAddress(attribute(button, "formaction"));
      if (isOurs) {
        repairOne(button, "formaction", "formtarget", "formmethod");
      }
    } else if (isOurs && button && leavesFrame(attribute(button, "formtarget"))) {
      setAttribute(button, "formtarget", "_self");
    }
    return isOurs;
  }

  function repairOne(element, action, target, method) {
    var base = document.querySelector("base[target]");
    setAttribute(element, action, repaired(attribute(element, action)));
    setAttribute(element, method, "post");
    if (leavesFrame(attribute(element, target) || attribute(base, "target"))) {
      setAttribute(element, target, "_self");
    }
  }

  function refusePreview() {
    tell("submit-error", { assignmentId: assignmentId, code: PREVIEW_CODE });
  }

  function onSubmit(event) {
    if (event.target instanceof HTMLFormElement && repair(event.target, event.submitter)) {
      if (isPreview) {
        event.preventDefault();
        event.stopImmediatePropagation();
        refusePreview();
      } else if (event.eventPhase === Event.BUBBLING_PHASE && !event.defaultPrevented) {
        setDirty(false);
      }
    }
  }

  function wrapSubmit() {
    var submit = HTMLFormElement.prototype.submit;
    var requestSubmit = HTMLFormElement.prototype.requestSubmit;
    HTMLFormElement.prototype.submit = function () {
      if (!repair(this, null)) {
        submit.call(this);
      } else if (isPreview) {
        refusePreview();
      } else {
        setDirty(false);
        submit.call(this);
      }
    };
    HTMLFormElement.prototype.requestSubmit = function () {
      repair(this, arguments[0]);
      requestSubmit.apply(this, arguments);
    };
  }

  // The assignment id goes along, also from pages that left it to the site to add.
  function onFormData(event) {
    if (isSubmitAddress(attribute(event.target, "action")) && !event.formData.get("assignmentId")) {
      event.formData.set("assignmentId", assignmentId);
    }
  }

  /* --- Preview: what cannot be submitted looks so. */

  function submitControls() {
    var controls = document.querySelectorAll(
      "input[type=submit], input[type=image], button:not([type=button]):not([type=reset])"
    );
    return Array.from(controls).filter(function (control) {
      var address = attribute(control, "formaction") || attribute(control.form, "action");
      return control.form !== null && isSubmitAddress(address);
    });
  }

  function disableControls() {
    submitControls().forEach(function (control) {
      if (control.disabled) {
        return;
      }
      control.disabled = true;
      if (control.localName === "button") {
        control.textContent = PREVIEW_TEXT;
      } else {
        control.value = PREVIEW_TEXT;
      }
    });
  }

  /* --- Size and unsaved input. */

  var isDirty = false;
  var chases = 0;
  var lastOverflow = 0;
  var lastInner = 0;

  function setDirty(dirty) {
    if (dirty !== isDirty) {
      isDirty = dirty;
      tell("dirty", { dirty: dirty });
    }
  }

  function onInput(event) {
    if (event.isTrusted) {
      setDirty(true);
    }
  }

  // A page that is always a little higher than its window would chase it for ever: give up then.
  function measure() {
    var inner = window.innerHeight;
    var overflow = document.documentElement.scrollHeight - inner;
    if (overflow <= 0) {
      chases = 0;
    } else {
      chases = inner > lastInner && overflow >= lastOverflow && lastOverflow > 0 ? chases + 1 : 0;
      if (chases < CHASES_MAX) {
        tell("size", { height: inner + overflow });
      }
    }
    lastOverflow = overflow;
    lastInner = inner;
  }

  function onParsed() {
    if (isPreview) {
      disableControls();
      new MutationObserver(disableControls).observe(document.documentElement, {
        childList: true,
        subtree: true
      });
    }
    var observer = new ResizeObserver(measure);
    observer.observe(document.documentElement);
    if (document.body !== null) {
      observer.observe(document.body);
    }
    tell("ready", { helper: 1 });
  }

  standIn("localStorage");
  standIn("sessionStorage");
  standInForCookies();
  wrapSubmit();
  window.addEventListener("message", onMessage);
  // First, so that the page's own handlers see the repaired form; last, for what they changed.
  window.addEventListener("submit", onSubmit, true);
  window.addEventListener("submit", onSubmit);
  window.addEventListener("formdata", onFormData, true);
  window.addEventListener("input", onInput, true);
  window.addEventListener("change", onInput, true);
  window.addEventListener("load", measure);
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", onParsed);
  } else {
    onParsed();
  }
})();
