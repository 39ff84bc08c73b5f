import { recall, remember } from "../shared/memory";
import "../shared/styles.css";
import "./docs.css";

const root = document.documentElement;

function show(theme: "light" | "dark"): void {
  root.dataset["theme"] = theme;
}

const chosen = recall("theme");
show(
  chosen === "light" || chosen === "dark"
    ? chosen
    : matchMedia("(prefers-color-scheme: dark)").matches
      ? "dark"
      : "light",
);

/** The page is HTML without us; a button that needs us shows itself now. */
function start(): void {
  const button = document.getElementById("theme") as HTMLButtonElement;
  button.hidden = false;
  button.addEventListener("click", () => {
    const other = root.dataset["theme"] === "dark" ? "light" : "dark";
    remember("theme", other);
    show(other);
  });
  // A narrow screen shows the reference first, its contents on demand.
  if (matchMedia("(max-width: 63.99rem)").matches)
    document.querySelector(".docs-contents details")?.removeAttribute("open");
}

if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
else start();
