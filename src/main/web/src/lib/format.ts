/** Numbers and moments as people say them. Pure; the clock is an argument. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `48 s`, `2 m 14 s`, `3 h 5 m`, `2 d 4 h`. */
export function duration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < MINUTE) return `${Math.floor(value / SECOND)} s`;
  if (value < HOUR) return pair(value, MINUTE, 'm', SECOND, 's');
  if (value < DAY) return pair(value, HOUR, 'h', MINUTE, 'm');
  return pair(value, DAY, 'd', HOUR, 'h');
}

/** How long something took: with a digit more while it is short. `0.4 s`, `41 s`, `2 m 14 s`. */
export function took(ms: number): string {
  return ms < 9_950 ? `${(Math.max(0, ms) / SECOND).toFixed(1)} s` : duration(Math.round(ms / SECOND) * SECOND);
}

function pair(value: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((value % big) / small);
  const head = `${Math.floor(value / big)} ${bigName}`;
  return rest === 0 ? head : `${head} ${rest} ${smallName}`;
}

/** One unit only: `12 s`, `6 m`, `3 h`, `2 d`; for columns. */
export function age(ms: number): string {
  const value = Math.max(0, ms);
  if (value < MINUTE) return `${Math.floor(value / SECOND)} s`;
  if (value < HOUR) return `${Math.floor(value / MINUTE)} m`;
  if (value < DAY) return `${Math.floor(value / HOUR)} h`;
  return `${Math.floor(value / DAY)} d`;
}

/** `940 bytes`, `2.5 KiB`, `412 MiB`, `1.4 GiB`. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} bytes`;
  if (value < 1024 ** 2) return `${(value / 1024).toFixed(value < 10_240 ? 1 : 0)} KiB`;
  if (value < 1024 ** 3) return `${(value / 1024 ** 2).toFixed(value < 100 * 1024 ** 2 ? 1 : 0)} MiB`;
  return `${(value / 1024 ** 3).toFixed(1)} GiB`;
}

/** `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(n: number): string {
  const teens = n % 100 >= 11 && n % 100 <= 13;
  return `${number(n)}${teens ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

/** `318k`, `1.42M`, `940`. */
export function count(value: number): string {
  if (value < 1000) return String(value);
  if (value < 10_000) return `${trim((value / 1000).toFixed(1))}k`;
  if (value < 999_500) return `${Math.round(value / 1000)}k`;
  return `${trim((value / 1_000_000).toFixed(2))}M`;
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** `$1.84`; what is more than nothing is never shown as nothing. */
export function money(usd: number): string {
  return usd > 0 && usd < 0.005 ? '< $0.01' : dollars.format(usd);
}

const grouped = new Intl.NumberFormat('en-US');

/** `48,209`. */
export function number(value: number): string {
  return grouped.format(value);
}

/** `14:02:31`, in the reader's own zone. */
export function clock(time: number | string): string {
  return new Date(time).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** `22 Nov 2026, 14:02:31`, for what relative times show on hover. */
export function moment(time: number | string): string {
  return `${date(time)}, ${clock(time)}`;
}

/** `22 Nov 2026` */
export function date(time: number | string): string {
  return new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** `ML` for Mara Lindqvist, `MA` for mara. */
export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/).filter((word) => word !== '');
  const first = words[0] ?? '?';
  const last = words.length > 1 ? words[words.length - 1] : undefined;
  return (last ? [...first].slice(0, 1).join('') + [...last].slice(0, 1).join('') : [...first].slice(0, 2).join('')).toUpperCase();
}

/** A path that lost its middle: both ends say more than the way between. */
export function middle(path: string, limit: number): string {
  const letters = [...path];
  if (letters.length <= limit) return path;
  const tail = Math.ceil((limit - 1) * 0.65);
  return `${letters.slice(0, limit - 1 - tail).join('')}…${letters.slice(letters.length - tail).join('')}`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}
