// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Runs in a page, and returns what of it cannot be read: [kind, words] each. */
(() => {
  const found = [], SLACK = 1.5;
  const tell = (kind, ...texts) => found.push([kind, texts.map(text => text.trim().slice(0, 40)).join(" | ")]);
  const meet = (a, b, slack) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack &&
                                Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
  const within = (a, b) => a.left >= b.left - SLACK && a.right <= b.right + SLACK &&
                           a.top >= b.top - SLACK && a.bottom <= b.bottom + SLACK;

  /* ---- texts, line by line ---- */
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const parent = node.parentElement, style = getComputedStyle(parent);
    if (!node.data.trim() || parent.closest("title, desc, style, script") || style.visibility == "hidden")
      continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects())
      if (rect.width > 0.5 && rect.right > -1000)   /* what is for screen readers alone is far away */
        texts.push({ node, parent, style, rect });
  }
  texts.sort((a, b) => a.rect.top - b.rect.top);
  texts.forEach((a, i) => {
    for (let j = i + 1; j < texts.length && texts[j].rect.top < a.rect.bottom; j++)
      if (texts[j].node != a.node && meet(a.rect, texts[j].rect, SLACK))
        tell("overlap", a.node.data, texts[j].node.data);
  });

  /* ---- clipped: beyond the page, its block, or what hides what goes over its edge ---- */
  const width = document.documentElement.clientWidth;
  const blockOf = element => {
    while (/^(inline|contents)/.test(getComputedStyle(element).display) && !(element instanceof SVGElement))
      element = element.parentElement;
    return element;
  };
  for (const { node, parent, rect } of texts) {
    if (rect.left < -SLACK || rect.right > width + SLACK)
      tell("clipped", node.data);
    const svg = parent.closest("svg"), around = svg || blockOf(parent);
    const outer = around.getBoundingClientRect();
    if (svg ? !within(rect, outer) : rect.left < outer.left - SLACK || rect.right > outer.right + SLACK)
      tell("clipped", node.data);
    for (let up = svg ? svg.parentElement : parent; up; up = up.parentElement)
      if (getComputedStyle(up).overflow != "visible" && up != document.documentElement && up != document.body &&
          !within(rect, up.getBoundingClientRect()))
        tell("clipped", node.data);
  }
  if (document.documentElement.scrollWidth > width)
    tell("wide", `${document.documentElement.scrollWidth} of ${width}`);

  /* ---- boxes beside one another ---- */
  for (const parent of document.querySelectorAll("body, body *:not(svg, svg *)")) {
    const boxes = [...parent.children].filter(one => !/^inline|^none|^contents/.test(getComputedStyle(one).display) &&
                                                     one.getBoundingClientRect().right > -1000);
    boxes.forEach((one, i) => boxes.slice(i + 1).forEach(other => {
      if (meet(one.getBoundingClientRect(), other.getBoundingClientRect(), SLACK))
        tell("boxes", one.textContent, other.textContent);
    }));
  }

  /* ---- in pictures: text on a box, a bar or a line, boxes out of the picture ---- */
  for (const svg of document.querySelectorAll("svg")) {
    const shapes = [...svg.querySelectorAll("rect, path")];
    const names = [...svg.querySelectorAll("text")];
    for (const shape of shapes) {
      const rect = shape.getBoundingClientRect();
      if (!within(rect, svg.getBoundingClientRect()))
        tell("clipped", `a shape of ${svg.querySelector("title")?.textContent ?? "a picture"}`);
      for (const name of names)
        if (meet(rect, name.getBoundingClientRect(), SLACK))
          tell("overlap", name.textContent, "a shape");
    }
  }

  /* ---- contrast, as WCAG 2 counts it ---- */
  const parts = color => color.match(/[\d.]+/g).map(Number);
  const over = (top, ground) => {
    const alpha = top[3] ?? 1;
    return [0, 1, 2].map(i => top[i] * alpha + ground[i] * (1 - alpha));
  };
  const light = color => color.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                              .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    if (!element)
      return [255, 255, 255];
    const color = parts(getComputedStyle(element).backgroundColor);
    return (color[3] ?? 1) == 1 ? color.slice(0, 3) : over(color, ground(element.parentElement));
  };
  for (const { node, parent, style } of texts) {
    const behind = ground(parent), ink = parent instanceof SVGElement ? style.fill : style.color;
    const [low, high] = [light(over(parts(ink), behind)), light(behind)].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5)
      tell("contrast", node.data);
  }
  return { found, texts: texts.length, width: innerWidth };
})()
