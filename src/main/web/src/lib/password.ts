/** The shortest password the server takes, in characters. */
export const LEAST_PASSWORD = 12;

export function passwordLength(password: string): number {
  return [...password].length;
}

/** What is still missing, told while it is typed; empty when it is long enough. */
export function passwordLack(password: string): string {
  const lack = LEAST_PASSWORD - passwordLength(password);
  if (lack <= 0) return '';
  return lack === LEAST_PASSWORD ? `${LEAST_PASSWORD} characters or more. A sentence is good.` : `${lack} more ${lack === 1 ? 'character' : 'characters'}.`;
}
