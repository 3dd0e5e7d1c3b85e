/* What a page shows to somebody who zooms to 200 % or has no mouse; read by test_zoom_and_keys.py. */
(() => {
  const SLACK = 2;
  const STOPS = "a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";

  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) &&
    element.getClientRects().length > 0;

  const named = (element) => {
    const by = element.getAttribute("aria-labelledby");
    const text = by ? by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ") : "";
    return (element.getAttribute("aria-label") || text).trim() !== "";
  };

  const called = (element) => {
    const name = (element.textContent || element.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const id = element.id ? `#${element.id}` : "";
    return `<${element.localName}${id} class="${element.getAttribute("class") ?? ""}"> ${name}`;
  };

  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowX);

  const boxAround = (element) => {
    let one = element.parentElement;
    while (one && one !== document.body && !scrolls(one)) one = one.parentElement;
    return one === document.body ? null : one;
  };

  /* Pieces of text that can be seen, each with the places of its lines. */
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest("option, script, style, noscript, svg") || !shown(parent)) continue;
      // Read aloud only: a box of one pixel.
      let hidden = false;
      for (let one = parent; one && !hidden; one = one.parentElement) {
        const style = getComputedStyle(one);
        hidden = style.clip.startsWith("rect(0") || (style.position === "absolute" && one.clientWidth === 1) ||
          style.clipPath.startsWith("inset(50%") || style.opacity === "0";
      }
      if (hidden) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const place of range.getClientRects()) {
        if (place.width > SLACK && place.height > SLACK) found.push({ node, parent, place });
      }
    }
    return found;
  };

  const cut = (pieces) => {
    const wide = document.documentElement.clientWidth;
    const lost = pieces
      .filter(({ parent, place }) => (place.right > wide + SLACK || place.left < -SLACK) && !boxAround(parent))
      .map(({ parent }) => `outside the window: ${called(parent)}`);
    for (const { parent } of pieces) {
      for (let one = parent; one !== document.body; one = one.parentElement) {
        const style = getComputedStyle(one);
        if (/hidden|clip/.test(style.overflowX) && one.clientWidth && one.scrollWidth > one.clientWidth + SLACK)
          lost.push(`cut off: ${called(one)}`);
        if (/hidden|clip/.test(style.overflowY) && one.clientHeight && one.scrollHeight > one.clientHeight + SLACK)
          lost.push(`cut off below: ${called(one)}`);
      }
    }
    for (const one of document.querySelectorAll("button, .button")) {
      if (shown(one) && one.clientWidth && one.scrollWidth > one.clientWidth + SLACK)
        lost.push(`wider than its button: ${called(one)}`);
    }
    return [...new Set(lost)];
  };

  const overlap = (pieces) => {
    const boxes = pieces.map(({ parent, place, node }) => ({ parent, node, place }));
    for (const one of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      if (shown(one)) boxes.push({ parent: one, node: one, place: one.getBoundingClientRect() });
    }
    boxes.sort((one, other) => one.place.top - other.place.top);
    const lost = [];
    boxes.forEach((one, number) => {
      for (const other of boxes.slice(number + 1)) {
        if (other.place.top > one.place.bottom - SLACK) break;
        if (one.node === other.node || boxAround(one.parent) !== boxAround(other.parent)) continue;
        const across = Math.min(one.place.right, other.place.right) - Math.max(one.place.left, other.place.left);
        const down = Math.min(one.place.bottom, other.place.bottom) - other.place.top;
        // Lines of text are taller than their letters.
        if (across > SLACK && down > 6) lost.push(`${called(one.parent)} over ${called(other.parent)}`);
      }
    });
    return [...new Set(lost)];
  };

  const unreachableBoxes = () =>
    [...document.querySelectorAll("body *")]
      .filter((one) => scrolls(one) && one.scrollWidth > one.clientWidth + SLACK && one.localName !== "textarea")
      .filter((one) => shown(one) && !(one.tabIndex === 0 && one.hasAttribute("role") && named(one)))
      .map(called);

  const stops = () => {
    const radios = new Set();
    return [...document.querySelectorAll(STOPS)].filter((one) => {
      if (one.disabled || one.closest("fieldset:disabled") || one.tabIndex < 0 || !shown(one)) return false;
      if (one.localName === "summary" && one.parentElement.firstElementChild !== one) return false;
      if (one.type !== "radio") return true;
      const group = [...document.querySelectorAll("input[type=radio]")].filter(
        (other) => other.name === one.name && other.form === one.form && !other.disabled && shown(other),
      );
      const stop = group.find((other) => other.checked) ?? group[0];
      return stop === one && !radios.has(one) && radios.add(one);
    });
  };

  /* How something looks, with what is in it: some shows its focus by the words alone. */
  const look = (element) =>
    [element, ...element.children].map((one) => {
      const style = getComputedStyle(one);
      const outline = style.outlineStyle === "none" ? "" : style.outlineWidth + style.outlineColor;
      return [outline, style.boxShadow, style.borderColor, style.backgroundColor].join();
    }).join();

  /* Whether some of it can be seen: a browser leaves a link half out of a box where it is. */
  const inView = (element) => {
    const place = element.getClientRects()[0];
    const y = Math.min(place.top + place.height / 2, innerHeight - 1);
    return [0.1, 0.5, 0.9].some((part) => {
      const top = document.elementFromPoint(place.left + place.width * part, y);
      const own = [element, ...(element.labels ?? [])];
      return top && (top.contains(element) || own.some((one) => one.contains(top)));
    });
  };

  const walk = { order: [], looks: [], seen: [], dim: [], behind: [] };
  window.zoomAndKeys = {
    read() {
      const pieces = texts();
      const root = document.documentElement;
      return {
        sideways: root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} in ${root.clientWidth}`] : [],
        cut: cut(pieces),
        overlap: overlap(pieces),
        boxes: unreachableBoxes(),
      };
    },
    /* What a page is made of, whatever it is about: pages of one make are walked through once. */
    make: () =>
      [...new Set(stops().map((one) =>
        [one.closest("[class]:not(a, button, input, select, textarea)"), one]
          .map((part) => `${part?.localName}.${part?.getAttribute("class") ?? ""}:${part?.type ?? ""}`).join(">"),
      ))].join(),
    /* How often Tab has to be pressed at most to have been everywhere. */
    begin() {
      // From the top, also where a page puts the focus into its first field.
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
      walk.order = stops();
      walk.looks = walk.order.map(look);
      const inside = { date: 3, time: 3, "datetime-local": 6 };
      // A page within this one has stops of its own, which cannot be counted from here.
      const within = 40 * document.querySelectorAll("iframe").length;
      return walk.order.reduce((sum, one) => sum + 1 + (inside[one.type] ?? 0), 1 + within);
    },
    end() {
      return {
        unreached: walk.order.filter((one) => !walk.seen.includes(one)).map(called),
        "out of order": walk.seen
          .filter((one, number) => number && walk.order.indexOf(one) < walk.order.indexOf(walk.seen[number - 1]))
          .map(called),
        "focus not seen": walk.dim.map(called),
        "focus behind something": walk.behind.map(called),
      };
    },
    /* Whether any key has led anywhere. */
    begun: () => walk.seen.length > 0,
    /* Whether the walk has left the page, or begun anew. */
    over: () => walk.over === true,
  };
  addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (event.key !== "Tab" || walk.over) return;
    if (!at || at === document.body) { walk.over = walk.seen.length > 0; return; }
    if (walk.seen.at(-1) === at) return;
    if (walk.seen.includes(at)) { walk.over = true; return; }
    const number = walk.order.indexOf(at);
    if (number < 0) return;
    walk.seen.push(at);
    if (look(at) === walk.looks[number]) walk.dim.push(at);
    if (!inView(at)) walk.behind.push(at);
  }, true);
})();
