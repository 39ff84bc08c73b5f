/** The demonstration's shops. */
export const shops = [
  { user: "shop-1", name: "Café Illimani" },
  { user: "shop-2", name: "Librería Sucre" },
];
