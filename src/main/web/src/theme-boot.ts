// Runs before the first paint, as a classic script: no imports, and nothing that may throw where storage is denied.
(() => {
  try {
    const kept = JSON.parse(localStorage.getItem('dashboard.look') ?? '{}') as { theme?: unknown; density?: unknown };
    const root = document.documentElement;
    if (kept.theme === 'light' || kept.theme === 'dark') root.dataset['theme'] = kept.theme;
    if (kept.density === 'compact') root.dataset['density'] = kept.density;
  } catch {
    // Without storage the system's own theme holds; there is nothing to tell anybody.
    document.documentElement.dataset['look'] = 'system';
  }
})();
