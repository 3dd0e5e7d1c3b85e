/* Keyboard shortcuts of the application's page and of the list. They rest while somebody types, and can be switched
   off (WCAG 2.1.4); without this script everything is done by links and buttons. */

(function () {
  "use strict";

  const KEY = "cascade-shortcuts-off";
  const help = document.getElementById("shortcuts");
  const search = document.getElementById("searchbar");

  function isOff() {
    try {
      return window.localStorage.getItem(KEY) === "yes";
    } catch (refused) {
      return false;
    }
  }

  function remember(off) {
    try {
      window.localStorage.setItem(KEY, off ? "yes" : "no");
    } catch (refused) {
      // Without a store the switch holds until the page is left.
    }
  }

  function isTyping(target) {
    return target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  }

  function showHelp() {
    help.open = true;
    help.querySelector("summary").focus();
  }

  function goToSearch() {
    const review = document.querySelector("[data-list]");
    if (search) {
      search.focus();
    } else if (review) {
      window.location.assign(review.dataset.list + "#searchbar");
    }
  }

  function choose(key) {
    const row = Array.from(document.querySelectorAll("[data-chooses]")).find((one) => one.dataset.key === key);
    const radio = row && document.getElementById(row.dataset.chooses);
    if (radio) {
      radio.checked = true;
      radio.focus();
    }
    return Boolean(radio);
  }

  function step(key) {
    const link = Array.from(document.querySelectorAll("a[data-shortcut]")).find((one) =>
      one.dataset.shortcut.split(" ").includes(key)
    );
    if (link) {
      link.click();
    }
    return Boolean(link);
  }

  let off = isOff();
  if (help) {
    const on = document.getElementById("shortcuts-on");
    help.hidden = false;
    on.checked = !off;
    on.addEventListener("change", () => {
      off = !on.checked;
      remember(off);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (off || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) {
      return;
    }
    if (event.key === "/") {
      goToSearch();
      event.preventDefault();
    } else if (event.key === "?" && help) {
      showHelp();
      event.preventDefault();
    } else if (choose(event.key) || step(event.key)) {
      event.preventDefault();
    }
  });

  if (search && window.location.hash === "#searchbar") {
    search.focus();
  }
})();
