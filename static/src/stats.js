// The page of what a project's containers use, see templates/projects/stats.html.
import { StatsPage } from "./stats/page.js";

for (const root of document.querySelectorAll("[data-stats]")) new StatsPage(root);
