/** Theme, density and single-letter keys: settings of the person, kept in this browser and set before the first paint. */
export interface Look {
  readonly theme: 'system' | 'light' | 'dark';
  readonly density: 'comfortable' | 'compact';
  /** Single letters as shortcuts; some people must be able to switch them off (WCAG 2.1.4). */
  readonly letters: boolean;
}

const NAME = 'dashboard.look';
const DEFAULT: Look = { theme: 'system', density: 'comfortable', letters: true };

export function readLook(): Look {
  try {
    return { ...DEFAULT, ...(JSON.parse(localStorage.getItem(NAME) ?? '{}') as Partial<Look>) };
  } catch {
    return DEFAULT;
  }
}

export function applyLook(look: Look): void {
  const { dataset } = document.documentElement;
  if (look.theme === 'system') delete dataset['theme'];
  else dataset['theme'] = look.theme;
  if (look.density === 'compact') dataset['density'] = 'compact';
  else delete dataset['density'];
}

export function keepLook(look: Look): void {
  applyLook(look);
  try {
    localStorage.setItem(NAME, JSON.stringify(look));
  } catch {
    // Storage is denied: the choice holds until the page is left.
    applyLook(look);
  }
}

/** Tells of every change of the look, which what is drawn by hand must follow; the answer ends it. */
export function onLookChange(changed: () => void): () => void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const contrast = window.matchMedia('(prefers-contrast: more)');
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  dark.addEventListener('change', changed);
  contrast.addEventListener('change', changed);
  return () => {
    chosen.disconnect();
    dark.removeEventListener('change', changed);
    contrast.removeEventListener('change', changed);
  };
}
