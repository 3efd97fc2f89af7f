import { afterEach, describe, expect, it, vi } from 'vitest';
import '../../src/elements/admin/projects-tab';
import type { ProjectsTab } from '../../src/elements/admin/projects-tab';
import type { Project } from '../../src/api/types';
import { daysOf, dueWords, losesMore } from '../../src/lib/retention';
import { all, answers, button, dialog, expectAccessible, fill, LIVE, maybeButton, OFFLINE, ok, press, refused, settled, shown, words } from './support';

const SHOP: Project = { id: 'shop', path: '/projects/shop', name: 'shop', createdAt: '2026-01-01T00:00:00Z' };
const BANK: Project = { id: 'bank', path: '/projects/bank', name: 'bank', createdAt: '2026-01-01T00:00:00Z', retentionDays: 90 };

function api(more: object = {}) {
  return {
    projects: answers(ok({ projects: [BANK, SHOP], roots: [], seq: 1 })),
    retention: answers(ok({ retentionDays: null, days: 90, sessionsDue: 3 })),
    setRetention: answers(ok({ retentionDays: 90 })),
    ...more,
  };
}

async function tab(given: object): Promise<ProjectsTab> {
  return shown<ProjectsTab>('projects-tab', { api: given, connection: LIVE });
}

async function change(element: ProjectsTab, name: string): Promise<void> {
  all<HTMLButtonElement>(element, 'tbody .btn')[name === 'bank' ? 0 : 1]?.click();
  await settled(element);
}

async function choose(element: ProjectsTab, value: string): Promise<void> {
  const radio = element.renderRoot.querySelector<HTMLInputElement>(`input[value=${value}]`);
  radio!.checked = true;
  radio!.dispatchEvent(new Event('change'));
  await settled(element);
}

afterEach(() => document.body.replaceChildren());

describe('for how long a project keeps what is said', () => {
  it('stands beside each, and for ever until somebody says otherwise', async () => {
    const element = await tab(api());
    expect(words(element)).toContain('2 projects, 1 with a limit');
    expect(all(element, 'tbody tr').map((row) => words(row.querySelector('td.wide')))).toEqual(['90 days', 'For ever']);
    await expectAccessible();
  });

  it('is asked a second time before more goes, with what goes, what stays, and how many sessions now', async () => {
    const given = api();
    const element = await tab(given);
    await change(element, 'shop');
    await choose(element, 'days');
    await vi.waitFor(() => expect(words(dialog(element))).toContain('3 sessions would lose their contents in the next night'));
    await expectAccessible();
    await press(element, 'Go on…');
    expect(given.setRetention).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(words(dialog(element))).toContain('3 sessions would lose'));
    for (const word of ['cannot be undone', 'Goes', 'Stays', 'tokens and costs', 'Backups', '12 months']) expect(words(dialog(element))).toContain(word);
    await expectAccessible();
    await press(element, 'Let them go');
    expect(given.setRetention).not.toHaveBeenCalled();
    expect(words(dialog(element))).toContain('Tick the box first.');
    element.renderRoot.querySelector<HTMLInputElement>('input[name=sure]')!.checked = true;
    await press(element, 'Let them go');
    expect(given.setRetention).toHaveBeenCalledExactlyOnceWith('shop', 90);
    expect(element.renderRoot.querySelector('dialog')).toBeNull();
    expect(words(element)).toContain('Contents of shop are kept for 90 days.');
  });

  it('is saved at once where nothing more is lost', async () => {
    const given = api();
    const element = await tab(given);
    await change(element, 'bank');
    fill(element, '#days', '365');
    await settled(element);
    await press(element, 'Save');
    expect(given.setRetention).toHaveBeenLastCalledWith('bank', 365);
    await change(element, 'bank');
    await choose(element, 'ever');
    await press(element, 'Save');
    expect(given.setRetention).toHaveBeenLastCalledWith('bank', null);
  });

  it('asks again also when it is shortened', async () => {
    const given = api();
    const element = await tab(given);
    await change(element, 'bank');
    fill(element, '#days', '30');
    await settled(element);
    expect(maybeButton(element, 'Save')).toBeUndefined();
    await press(element, 'Go on…');
    expect(words(dialog(element))).toContain('Let contents go after 30 days?');
    expect(given.setRetention).not.toHaveBeenCalled();
  });

  it('is a number of days within its bounds, or it says which', async () => {
    const given = api();
    const element = await tab(given);
    await change(element, 'bank');
    for (const wrong of ['0', '3651', '1.5', 'ten', '']) {
      fill(element, '#days', wrong);
      await settled(element);
      await press(element, 'Save');
      expect(words(dialog(element))).toContain('a whole number from 1 to 3,650');
    }
    expect(given.setRetention).not.toHaveBeenCalled();
  });

  it('says in the dialog why it was refused, and offers nothing without a connection', async () => {
    const element = await tab(api({ setRetention: answers(refused('not-allowed', 'Only administrators may do this.', 403)) }));
    await change(element, 'bank');
    await choose(element, 'ever');
    await press(element, 'Save');
    expect(words(dialog(element))).toContain('Only administrators may do this.');
    element.connection = OFFLINE;
    await settled(element);
    expect(button(element, 'Change for how long contents of shop are kept').disabled).toBe(true);
  });
});

describe('its words', () => {
  it('know what is a number of days', () => {
    expect(daysOf(' 90 ')).toBe(90);
    expect(daysOf('1e3')).toContain('1 to 3,650');
  });

  it('ask twice when it is switched on or shorter only', () => {
    expect([losesMore(undefined, 90), losesMore(90, 30), losesMore(90, 90), losesMore(30, 90), losesMore(30, undefined)]).toEqual([true, true, false, false, false]);
  });

  it('say how many sessions that is', () => {
    expect(dueWords(undefined, 9)).toBe('');
    expect(dueWords(0, 1)).toContain('No session is older than 1 day');
    expect(dueWords(1, 9)).toBe('1 session would lose its contents in the next night.');
  });
});
