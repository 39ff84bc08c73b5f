import { mount } from "../shared/mount";
import { DashboardPage } from "./DashboardPage";
import "./dashboard.css";

const user = new URLSearchParams(location.search).get("user") ?? "shop-1";
mount(<DashboardPage serverUrl={location.origin} user={user} />);
