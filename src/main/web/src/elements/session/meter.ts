import { html, type TemplateResult } from 'lit';

/** A share as a thin bar, drawn as a picture because the policy allows no style attributes. Its value stands beside it in words. */
export function meter(percent: number, label: string): TemplateResult {
  const value = Math.max(0, Math.min(100, Math.round(percent)));
  const tone = value >= 100 ? 'var(--fail-glyph)' : value >= 80 ? 'var(--text)' : 'var(--text-3)';
  return html`<svg viewBox="0 0 100 4" preserveAspectRatio="none" width="100%" height="4" display="block" role="meter" aria-valuenow=${value} aria-valuemin="0" aria-valuemax="100" aria-label=${label}>
    <rect width="100" height="4" rx="1" fill="var(--active)" /><rect width=${value} height="4" rx="1" fill=${tone} />
  </svg>`;
}
