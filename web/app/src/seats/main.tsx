import { mount } from "../shared/mount";
import { CinemaPage } from "./CinemaPage";

const defaultRoom = "demo_sala_1";

mount(
  <CinemaPage roomId={new URLSearchParams(location.search).get("room") || defaultRoom} serverUrl={location.origin} />,
);
