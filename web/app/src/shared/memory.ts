/** Small choices that outlive the page. A browser that forbids storage costs no more than the choice. */

type Choice = "language" | "theme" | "name" | "sound";

export function recall(choice: Choice): string | null {
  try {
    return localStorage.getItem(`pulso.${choice}`);
  } catch {
    return null;
  }
}

export function remember(choice: Choice, value: string): void {
  try {
    localStorage.setItem(`pulso.${choice}`, value);
  } catch {
    return;
  }
}
