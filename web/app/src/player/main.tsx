import { mount } from "../shared/mount";
import { PlayerPage } from "./PlayerPage";
import "./player.css";

const user = new URLSearchParams(location.search).get("user") ?? "ana";
mount(<PlayerPage serverUrl={location.origin} user={user} />);
