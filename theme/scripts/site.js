// The script of every page: the parts of USWDS that cannot work without one. It is loaded with
// `defer`, so the body is there.

// The accordion first: the menu's drop-downs are accordions whose state navigation changes in the same
// click (uswds-site #2110).
import accordion from "@uswds/uswds/js/usa-accordion";
import navigation from "@uswds/uswds/js/usa-header";
import banner from "@uswds/uswds/js/usa-banner";

for (const component of [accordion, navigation, banner]) {
  component.on(document.body);
}

import { keepTime } from "./lib/clock.js";
import { offerCopy } from "./lib/copy.js";
import { offerPrice, offerPrint, tellPast, tellRegistration } from "./lib/decide.js";
import { offerStars } from "./lib/shortlist.js";
import { offerOwnTime } from "./lib/zones.js";

keepTime(document);
offerCopy(document);
offerPrice(document);
tellPast(document);
tellRegistration(document);
offerPrint(document);
offerStars(document);
offerOwnTime(document);
