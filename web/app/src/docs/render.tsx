import { renderToStaticMarkup } from "react-dom/server";
import type { AsyncApi, OpenApi } from "./documents";
import { ReferencePage } from "./ReferencePage";

/** The reference as HTML. Runs where the pages are built. */
export function renderReference(openapi: OpenApi, asyncapi: AsyncApi): string {
  return renderToStaticMarkup(<ReferencePage openapi={openapi} asyncapi={asyncapi} />);
}
