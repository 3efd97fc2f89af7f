/**
 * Reads a page that shows hostile texts, as a suspicious person with all its shadow roots open would: to be evaluated in it.
 * `read()` goes through the whole transcript, unfolds what can be unfolded, and tells what was seen and what was wrong.
 */
(() => {
  // What reorders, hides, or is no character of text; written down apart from what the page itself takes for hidden.
  const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}\ufffe\uffff]|\p{Cs}/u;
  const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]{2}/u;
  // In commands, paths and inputs: also what joins, what chooses a look but of an emoji, and blanks that are none to a shell.
  const STRICT = /[\u200c\u200d\ufe00-\ufe0d\u{e0100}-\u{e01ef}\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]|(?<!\p{Extended_Pictographic})[\ufe0e\ufe0f]/u;
  const EXACT = '.ap .box, .ap .path, .kv, .tgt, .diff, [aria-label="Command"]';
  const FORBIDDEN = new Set([
    ...['script', 'iframe', 'frame', 'frameset', 'object', 'embed', 'applet', 'portal', 'form', 'style', 'link', 'meta', 'base', 'template'],
    ...['img', 'picture', 'video', 'audio', 'source', 'track', 'math', 'noscript', 'map', 'area', 'marquee', 'details', 'dialog', 'select'],
  ]);
  const OWN_DRAWINGS = /(?:^| )(?:i|g)(?: |$)/;
  const OWN_IDS = /^(?:title|reason|edited|edit-fault|c\d+)$/;
  const OWN_NAMES = /^q\d+$/;
  const MARK = /⟦\d+(?:\.\d+)?⟧/g;

  // Chromium draws what is within half a screen of what is in view.
  const STEP = 1.9;

  const frame = () => new Promise(requestAnimationFrame);
  const pause = (millis) => new Promise((done) => setTimeout(done, millis));

  function* within(root) {
    for (const child of root.shadowRoot ? [...root.shadowRoot.childNodes, ...root.childNodes] : root.childNodes) {
      yield child;
      if (child.nodeType === Node.ELEMENT_NODE) yield* within(child);
    }
  }

  function find(selector, root = document) {
    for (const node of within(root)) if (node.nodeType === Node.ELEMENT_NODE && node.matches(selector)) return node;
    return undefined;
  }

  function shown(text) {
    return text.slice(0, 120).replace(/[^\x20-\x7e⟦⟧]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
  }

  function checkText(text, strict, where, faults) {
    const found = HIDDEN.exec(text) ?? SELECTORS.exec(text) ?? (strict ? STRICT.exec(text) : null);
    if (found) faults.add(`${where}: hides U+${found[0].codePointAt(0).toString(16)} in ${shown(text.slice(Math.max(0, found.index - 20)))}`);
  }

  function checkElement(element, faults) {
    const tag = element.localName;
    const strict = element.closest(EXACT) !== null;
    const where = `<${tag} class="${element.getAttribute('class') ?? ''}">`;
    if (FORBIDDEN.has(tag)) faults.add(`an element that may not be there: ${shown(element.outerHTML)}`);
    if (tag === 'svg' && !OWN_DRAWINGS.test(element.getAttribute('class') ?? '')) faults.add(`a drawing that is not the page's: ${shown(element.outerHTML)}`);
    for (const { name, value } of element.attributes) {
      if (/^on|^(?:style|src|srcset|srcdoc|action|formaction|ping|background|poster|data|xlink:href|is|nonce|http-equiv|slot)$/.test(name)) faults.add(`${where}: attribute ${name}=${shown(value)}`);
      if (name === 'id' && !OWN_IDS.test(value)) faults.add(`${where}: id ${shown(value)}`);
      if (name === 'name' && !OWN_NAMES.test(value)) faults.add(`${where}: name ${shown(value)}`);
      if (name !== 'href') checkText(value, strict, `${where} ${name}`, faults);
    }
    if (tag === 'a') checkLink(element, faults);
    else if (element.hasAttribute('href')) faults.add(`${where}: href without a link`);
  }

  function checkLink(link, faults) {
    const href = link.getAttribute('href');
    if (href === null || /^#\d+$/.test(href)) return;
    if (!/^https?:\/\/[^\s"<>]+$/i.test(href) || !['http:', 'https:'].includes(link.protocol)) faults.add(`a link to ${shown(href)}`);
    if (link.rel !== 'noopener noreferrer' || link.target !== '_blank') faults.add(`a link without its guards to ${shown(href)}`);
  }

  /** Presses it as a person would; those that would leave the page, which are known to be addresses by now, are held back. */
  function press(link) {
    const hold = (event) => event.preventDefault();
    if (/^https?:/i.test(link.getAttribute('href') ?? '')) link.addEventListener('click', hold, { once: true });
    for (const type of ['pointerover', 'mouseover', 'mouseenter', 'focus']) link.dispatchEvent(new Event(type, { bubbles: true }));
    link.click();
  }

  async function unfold(entries) {
    for (let round = 0; round < 3; round++) {
      let pressed = 0;
      for (const entry of entries) {
        for (const node of within(entry)) {
          if (node.nodeType === Node.ELEMENT_NODE && node.matches('button[aria-expanded="false"], button.more')) {
            node.click();
            pressed++;
          }
        }
      }
      if (!pressed) return;
      await frame();
    }
  }

  function look(entry, seen, faults) {
    const links = [];
    for (const node of within(entry)) {
      if (node.nodeType === Node.ELEMENT_NODE) {
        checkElement(node, faults);
        if (node.localName === 'a' && !node.matches('.at, .at a')) links.push(node);
      } else if (node.nodeType === Node.TEXT_NODE) {
        const parent = node.parentElement;
        checkText(node.data, Boolean(parent?.closest(EXACT)), 'text', faults);
        if (node.data.includes('⟦') && parent?.checkVisibility() && !parent.closest('.sr')) for (const mark of node.data.match(MARK) ?? []) seen.add(mark);
      }
    }
    links.forEach(press);
    return links.length;
  }

  /** Whatever stands outside the transcript: names of windows and documents are the page's own, and so are all texts. */
  function lookAround(faults) {
    checkText(document.title, false, 'title of the document', faults);
    for (const node of within(document.body)) {
      if (node.nodeType === Node.TEXT_NODE) checkText(node.data, false, `text in ${node.parentElement?.localName}`, faults);
      else if (node.nodeType === Node.ELEMENT_NODE) {
        for (const { name, value } of node.attributes) {
          if (name.startsWith('on')) faults.add(`${node.localName}: attribute ${name}`);
          checkText(value, false, `<${node.localName}> ${name}`, faults);
        }
      }
    }
    const kept = {
      'document.cookie': typeof document.cookie === 'string',
      'document.body': document.body instanceof HTMLBodyElement,
      'document.head': document.head instanceof HTMLHeadElement,
      'document.documentElement': document.documentElement instanceof HTMLHtmlElement,
      'document.forms': document.forms instanceof HTMLCollection,
      'document.location': document.location === window.location,
      'document.getElementById': typeof document.getElementById === 'function' && !Object.hasOwn(document, 'getElementById'),
      'document.querySelector': typeof document.querySelector === 'function',
      'document.createElement': typeof document.createElement === 'function',
      'window.self': window.self === window && window.top === window && window.opener === null,
      'window.frames': window.length === 0,
      'window.name': window.name === '',
      'window.fetch': typeof window.fetch === 'function',
      'window.customElements': window.customElements instanceof CustomElementRegistry,
      'window.hit': typeof window.hit === 'undefined',
      'window.config': typeof window.config === 'undefined' && typeof window.x === 'undefined' && typeof window.app === 'undefined',
      'Object.prototype': !('hit' in {}),
    };
    for (const [name, isKept] of Object.entries(kept)) if (!isKept) faults.add(`${name} is not the page's any more`);
  }

  /** The transcript of the session that the address names, as soon as something of it is drawn. */
  async function transcript() {
    for (;;) {
      const page = find('session-view');
      const view = page && location.pathname.endsWith(page.session.id) ? find('transcript-view', page) : undefined;
      if (view && find('transcript-entry', view)) return view;
      await pause(5);
    }
  }

  async function read() {
    const view = await transcript();
    const flow = find('.flow', view);
    const known = new Set();
    const seen = new Set();
    const faults = new Set();
    let links = 0;
    let steps = 0;
    let idle = 0;
    const begun = performance.now();
    while (idle < 3) {
      const before = known.size;
      const fresh = [...flow.querySelectorAll('transcript-entry')].filter((entry) => !known.has(entry.item.key));
      await unfold(fresh);
      for (const entry of fresh.filter((each) => each.isConnected)) {
        known.add(entry.item.key);
        links += look(entry, seen, faults);
      }
      steps++;
      const end = flow.scrollTop < 1 && !view.hasOlder && known.size === before;
      idle = end ? idle + 1 : 0;
      flow.scrollTop = Math.max(0, flow.scrollTop - flow.clientHeight * STEP);
      await frame();
      while (view.loading) await pause(5);
    }
    lookAround(faults);
    const told = `${known.size} entries, ${links} links, ${steps} steps, ${Math.round(performance.now() - begun)} ms`;
    return { told, seen: [...seen], faults: [...faults].slice(0, 40) };
  }

  /** What the page shows that is no transcript. */
  function readAround() {
    const seen = new Set();
    const faults = new Set();
    for (const node of within(document.body)) {
      if (node.nodeType === Node.TEXT_NODE && node.parentElement?.checkVisibility()) for (const mark of node.data.match(MARK) ?? []) seen.add(mark);
    }
    lookAround(faults);
    return { told: `${seen.size} marks`, seen: [...seen], faults: [...faults].slice(0, 40) };
  }

  return { read, readAround };
})()
