/*
 * Comfort for the worker site; every page works without it. Timers, a question before changed
 * answers are left, copying, filters of long choices, patterns that only browsers can judge.
 */
(function () {
  "use strict";

  var FIVE_MINUTES = 300;
  var ONE_MINUTE = 60;
  var TWO_DAYS = 172800;
  var WORDS = [
    [FIVE_MINUTES, "5 minutes left"],
    [ONE_MINUTE, "1 minute left"]
  ];

  function each(selector, action, root) {
    Array.prototype.forEach.call((root || document).querySelectorAll(selector), action);
  }

  /* Timers count from the server's time, so the clock of the device does not matter. */

  function shown(seconds) {
    if (seconds >= TWO_DAYS) {
      return Math.floor(seconds / 86400) + " days";
    }
    var hours = Math.floor(seconds / 3600);
    var minutes = Math.floor((seconds % 3600) / 60);
    var rest = String(seconds % 60).padStart(2, "0");
    return hours > 0 ? hours + ":" + String(minutes).padStart(2, "0") + ":" + rest : minutes + ":" + rest;
  }

  function announce(text, isUrgent) {
    var place = document.getElementById("time-announcement");
    if (place !== null) {
      place.setAttribute("aria-live", isUrgent ? "assertive" : "polite");
      place.textContent = text;
    }
  }

  function startTimer(element) {
    var begun = performance.now();
    var total = (Date.parse(element.dataset.deadline) - Date.parse(element.dataset.serverNow)) / 1000;
    var before = Infinity;
    var ticking = 0;

    function tick() {
      var left = Math.max(0, Math.ceil(total - (performance.now() - begun) / 1000));
      element.textContent = left > 0 ? shown(left) : "Time is up";
      element.classList.toggle("soon", left <= FIVE_MINUTES && left > ONE_MINUTE);
      element.classList.toggle("now", left <= ONE_MINUTE);
      if ("announces" in element.dataset) {
        WORDS.forEach(function (word) {
          if (before > word[0] && left <= word[0] && left > 0 && before !== Infinity) {
            announce(word[1], false);
          }
        });
        if (left === 0) {
          announce("Time is up", true);
          endWork();
        }
      }
      before = left;
      if (left === 0) {
        window.clearInterval(ticking);
      }
    }

    ticking = window.setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
    tick();
  }

  function endWork() {
    var notice = document.getElementById("time-up");
    if (notice === null || !notice.hidden) {
      return;
    }
    notice.hidden = false;
    document.body.classList.add("is-over");
    each("#answer-form input:not([type=hidden]), #answer-form textarea", function (control) {
      control.readOnly = true;
      control.disabled = ["radio", "checkbox", "file"].indexOf(control.type) >= 0;
    });
    each("#answer-form select, #answer-form button", function (control) {
      control.disabled = true;
    });
    each("#task-frame", function (frame) {
      frame.inert = true;
    });
    isChanged = false;
    notice.focus();
  }

  /* Leaving with changed answers asks first. */

  var isChanged = false;

  function guard(form) {
    form.addEventListener("input", function () {
      isChanged = true;
    });
    form.addEventListener("submit", function (event) {
      if (!event.defaultPrevented) {
        isChanged = false;
      }
    });
  }

  window.addEventListener("beforeunload", function (event) {
    if (isChanged) {
      event.preventDefault();
    }
  });

  /* Copying */

  function copy(text, button) {
    navigator.clipboard.writeText(text).then(function () {
      var label = button.textContent;
      button.textContent = "Copied";
      window.setTimeout(function () {
        button.textContent = label;
      }, 2000);
    });
  }

  function answersAsText() {
    var lines = [];
    each("#answer-form .question", function (question) {
      var heading = question.querySelector(".question-content").innerText.trim();
      var values = [];
      each("input[type=text], textarea", function (control) {
        values.push(control.value);
      }, question);
      each("input[type=file]", function (control) {
        values.push(control.files.length ? control.files[0].name : "");
      }, question);
      each("input:checked", function (control) {
        values.push(control.closest("label").innerText.trim());
      }, question);
      each("option:checked", function (option) {
        values.push(option.value === "" ? "" : option.text);
      }, question);
      lines.push(heading + "\n" + values.filter(Boolean).join(", "));
    });
    return lines.join("\n\n");
  }

  /* Long lists of choices get a field that narrows them. */

  function addFilter(list) {
    var field = document.createElement("input");
    field.type = "search";
    field.placeholder = "Filter the choices";
    field.setAttribute("aria-label", field.placeholder);
    field.addEventListener("input", function (event) {
      var wanted = field.value.trim().toLowerCase();
      event.stopPropagation();
      each(".choice", function (choice) {
        var isChosen = choice.querySelector("input").checked;
        choice.hidden = !isChosen && choice.innerText.toLowerCase().indexOf(wanted) < 0;
      }, list);
    });
    field.addEventListener("keydown", function (event) {
      if (event.key === "Enter") {
        event.preventDefault();
      }
    });
    list.insertBefore(field, list.firstChild);
  }

  /* Patterns in JavaScript's own dialect, before the form leaves; the server judges again. */

  function patternProblem(control) {
    var found = JSON.parse(control.dataset.patterns).find(function (pattern) {
      try {
        return !new RegExp(pattern[0], pattern[1]).test(control.value);
      } catch (error) {
        return false;
      }
    });
    return found === undefined ? "" : found[2];
  }

  function checkPatterns(form) {
    form.addEventListener("submit", function (event) {
      var first = null;
      each("[data-patterns]", function (control) {
        var isOptionalOther = control.closest(".other") !== null && control.value === "";
        var problem = isOptionalOther ? "" : patternProblem(control);
        showProblem(control, problem);
        first = first || (problem === "" ? null : control);
      }, form);
      if (first !== null) {
        event.preventDefault();
        first.focus();
      }
    });
  }

  function showProblem(control, problem) {
    var id = control.id + "-pattern";
    var shownAt = document.getElementById(id);
    if (shownAt !== null) {
      shownAt.remove();
      control.removeAttribute("aria-invalid");
      control.removeAttribute("aria-errormessage");
    }
    if (problem !== "") {
      shownAt = document.createElement("p");
      shownAt.id = id;
      shownAt.className = "problem";
      shownAt.textContent = problem;
      control.before(shownAt);
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-errormessage", id);
    }
  }

  each("[data-deadline][role=timer]", startTimer);
  each("form[data-guards]", function (form) {
    checkPatterns(form);
    guard(form);
  });
  each("form[data-leaves]", function (form) {
    form.addEventListener("submit", function () {
      isChanged = false;
    });
  });
  each("[data-filter]", addFilter);
  if (navigator.clipboard) {
    each("[data-copy]", function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        copy(button.dataset.copy, button);
      });
    });
    each(".copy-answers", function (button) {
      button.addEventListener("click", function () {
        copy(answersAsText(), button);
      });
    });
  }

  /* One open menu at a time; Escape and a click elsewhere close it. */
  document.addEventListener("click", function (event) {
    each("details.menu[open]", function (menu) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      each("details.menu[open]", function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });

  var problems = document.getElementById("problems");
  if (problems !== null) {
    problems.focus();
  }
})();
