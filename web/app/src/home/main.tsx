import { mount } from "../shared/mount";
import { HomePage } from "./HomePage";

mount(<HomePage serverUrl={location.origin} />);
