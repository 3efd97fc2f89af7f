/** What the browser's tab shows: how many wait, where one is, and the mark. */
import type { Mark } from './glyphs';

let shownMark: Mark | undefined;

export function showInTab(title: string, waiting: number, mark: Mark): void {
  const wanted = `${waiting > 0 ? `(${waiting}) ` : ''}${title} · Claude Code Dashboard`;
  if (document.title !== wanted) document.title = wanted;
  if (mark === shownMark) return;
  shownMark = mark;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link) link.href = `data:image/svg+xml,${encodeURIComponent(drawing(mark))}`;
}

/** Grey tiles that hold on light and dark tab bars; only the upper right one tells. */
function drawing(mark: Mark): string {
  const tile = {
    ask: '<circle cx="14.75" cy="5.25" r="4.6" fill="#ffb72b"/>',
    work: '<circle cx="14.75" cy="5.25" r="4.6" fill="#4f7df0"/>',
    quiet: '<circle cx="14.75" cy="5.25" r="4.1"/>',
    offline: '<circle cx="14.75" cy="5.25" r="3.3" fill="none" stroke="#8b877e" stroke-width="1.6"/>',
  }[mark];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="#8b877e"><rect x="1.5" y="1.5" width="7.5" height="7.5" rx="2"/>${tile}<rect x="1.5" y="11" width="7.5" height="7.5" rx="2"/><rect x="11" y="11" width="7.5" height="7.5" rx="2"/></svg>`;
}
