// The page of what happened to a project on the engine, see templates/projects/events.html.
import { EventsPage } from "./events/page.js";

for (const root of document.querySelectorAll("[data-events]")) new EventsPage(root);
