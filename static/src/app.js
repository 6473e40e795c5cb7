// What every page loads. Templates and this code meet in attributes alone:
//
//   <meta name="csrf-token" content>         sent with every htmx request and fetch
//   <meta name="server-time" content>        Unix seconds when the page was made (elapsed times need no right clock)
//   <body hx-ext="ws,morph">                 panels: <div ws-connect="/ws/…/">; fragments: id + hx-swap-oob="morph"
//   data-connection="lost" hidden            shown while a websocket is down ("Connection lost, reconnecting")
//   data-in="list", data-sort="key"          a new item goes into that list, before the first one with a greater key
//   data-keep                                never morphed nor removed by a fragment
//   details[data-server-opens]               the server's `open` counts; else what the person opened stays
//   data-theme-choice="light|dark|system"    buttons; aria-pressed shows the choice
//   <time data-elapsed-since="unix" [data-elapsed-until="unix"]>   ticks until it has an end
//   <time datetime="ISO" data-relative>      "3 minutes ago"; `data-local`: date and time in the reader's locale
//   <input data-filter="#rows">              filters the children of #rows by data-filter-text (or their text);
//                                            data-filter-empty="#rows": shown when none is left;
//                                            data-filter-status="#rows": says how many (aria-live); "/" focuses it
//   data-dialog="id"                         opens that <dialog>; inside: data-dialog-close;
//   data-dialog-if="id"                      opens that <dialog> instead of what it does, where there is one
//                                            <dialog data-close-on-success> closes after its htmx request succeeded
//   <dialog id="confirm-dialog">             asks for hx-confirm: data-confirm-question, <form method="dialog">
//                                            with <button value="yes"> and <button value="no">
//   details[data-menu]                       closes on Escape, on a click elsewhere, after a choice
//   data-follow (with id)                    stays scrolled to its end while output arrives
//   data-copy="text"                         copies; data-copied="yes" for a moment

import { startClock } from "./page/clock.js";
import { watchCopyButtons } from "./page/copy.js";
import { watchDialogs, watchMenus } from "./page/dialogs.js";
import { watchFilters } from "./page/filter.js";
import { watchFollowedBoxes } from "./page/follow.js";
import { startLivePage } from "./page/live.js";
import { watchThemeButtons } from "./page/theme.js";

startLivePage();
watchThemeButtons();
watchDialogs();
watchMenus();
watchFilters();
watchFollowedBoxes();
watchCopyButtons();
startClock();
