import { expect, test } from "vitest";
import { catalogue, languages, type Entry, type Key } from "../src/shared/catalogue";
import { preferredLanguage, translate } from "../src/shared/i18n";

const forms = (entry: Entry) => (typeof entry === "string" ? [entry] : Object.values(entry));
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test.each(languages)("%s fills in the same names as Spanish, in every form", (language) => {
  for (const key of Object.keys(catalogue.es) as Key[]) {
    const [expected] = forms(catalogue.es[key]).map(names);
    for (const form of forms(catalogue[language][key])) expect(names(form), key).toEqual(expected);
  }
});

test("plural forms follow the language", () => {
  expect([1, 2, 5, 21].map((count) => translate("ru", "seatCount", { count }))).toEqual([
    "1 место",
    "2 места",
    "5 мест",
    "21 место",
  ]);
  expect(translate("en", "seatCount", { count: 1 })).toBe("1 seat");
});

test("the first language that we have is taken, else Spanish", () => {
  expect(preferredLanguage(["de-DE", "ru-RU", "en"])).toBe("ru");
  expect(preferredLanguage(["de"])).toBe("es");
});
