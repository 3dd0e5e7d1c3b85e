/* Warns two minutes before somebody is signed out, and keeps them signed in when they say so. Without it the page works
   all the same: a form that comes too late shows what was typed. Several windows know of each other by the storage. */
"use strict";
(() => {
  const own = document.currentScript;
  const whole = Number(own.dataset.minutes) * 60000;
  const warning = 120000;
  const KEY = "cascade-staff-seen";
  let box = null;
  let timer = 0;

  const now = () => Date.now();
  const note = () => {
    try {
      localStorage.setItem(KEY, String(now()));
    } catch {
      /* A browser that keeps nothing warns for this window alone. */
    }
  };
  let seen = now();
  note();

  const latest = () => {
    try {
      return Math.max(seen, Number(localStorage.getItem(KEY)) || 0);
    } catch {
      return seen;
    }
  };

  const cookie = (name) =>
    document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) || "";

  const stay = async () => {
    try {
      const answer = await fetch(own.dataset.stillHere, {
        method: "POST",
        headers: { "X-CSRFToken": cookie(own.dataset.cookie) },
        redirect: "manual",
      });
      if (answer.status === 204) {
        seen = now();
        note();
        look();
        return;
      }
    } catch {
      /* Said below. */
    }
    /* Another window may have taken the box away meanwhile, and set the clock anew. */
    if (!box) return;
    /* The words stay: the clock would write over them. */
    clearTimeout(timer);
    box.querySelector("p").textContent =
      "You could not be kept signed in. Copy what you have typed, then sign in again in another window.";
  };

  const show = () => {
    box = document.createElement("div");
    box.className = "idle-warning";
    box.setAttribute("role", "alert");
    const text = document.createElement("p");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button default";
    button.textContent = "Stay signed in";
    button.addEventListener("click", stay);
    box.append(text, button);
    document.body.append(box);
    return text;
  };

  function look() {
    clearTimeout(timer);
    const left = latest() + whole - now();
    if (left > warning) {
      box?.remove();
      box = null;
      timer = setTimeout(look, Math.min(left - warning, 60000));
      return;
    }
    const text = box ? box.querySelector("p") : show();
    const minutes = Math.ceil(left / 60000);
    text.textContent =
      left <= 0
        ? "You have been signed out. Copy what you have typed before you leave this page."
        : `You are signed out in less than ${minutes === 1 ? "a minute" : `${minutes} minutes`}, unless you stay.`;
    if (left <= 0) {
      box.querySelector("button")?.remove();
    } else {
      timer = setTimeout(look, 15000);
    }
  }

  window.addEventListener("storage", (event) => {
    if (event.key === KEY) {
      look();
    }
  });
  look();
})();
