// What the containers of the services table use, see templates/fragments/services.html.
import { LiveUsage } from "./stats/overview.js";

for (const button of document.querySelectorAll("[data-live-usage]")) new LiveUsage(button);
