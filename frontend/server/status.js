/** What a server does at the moment, as it tells who runs it. */

/** @import { Status } from "../types/wire.js" */

import { getJson } from "./api.js";

/** @returns {Promise<Status>} */
export const getStatus = () => getJson("api/status");
