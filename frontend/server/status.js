/** What a server does at the moment, as it tells who runs it. */

/** @import { ServerStatus } from "../types/wire.js" */

import { getJson } from "./api.js";

/** @returns {Promise<ServerStatus>} */
export const getStatus = () => getJson("api/status");
