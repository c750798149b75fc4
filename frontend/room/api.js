/** What a page asks of its room, besides what it is told. */

/** @import { Challenge, Offer, Poll, PollAsked, RoomState, Submitted, SubmittedRun, Vote } from "../types/room.js" */

import { ask, getJson, post } from "../server/api.js";
import { persist } from "../server/connection.js";

const ROOM = "api/room";

/** @returns {Promise<RoomState>} */
export const getRoom = () => getJson(ROOM);

/** Another code: the old one opens nothing any more. */
export const rotateCode = () => post(`${ROOM}/code`, {});

/** Let newcomers in, or not. @param {boolean} open */
export const openRoom = (open) => post(ROOM, { open }, undefined, "PATCH");

export const endRoom = () => post(`${ROOM}/end`, {});

/** Begin another class, once one has ended. */
export const beginAgain = () => post(`${ROOM}/again`, {});

/** @param {PollAsked} poll @returns {Promise<Poll>} */
export const askPoll = async (poll) => (await post(`${ROOM}/polls`, poll)).json();

/** @param {string} id @returns {Promise<Poll & { vote: Vote | null }>} */
export const getPoll = (id) => getJson(`${ROOM}/polls/${encodeURIComponent(id)}`);

/**
 * @param {string} id
 * @param {{ state: Poll["state"], round?: number }} change
 * @returns {Promise<Poll>}
 */
export const movePoll = async (id, change) =>
  (await post(`${ROOM}/polls/${encodeURIComponent(id)}`, change, undefined, "PATCH")).json();

/** Nothing is asked any more. @param {string} id */
export const dropPoll = (id) => ask(`${ROOM}/polls/${encodeURIComponent(id)}`, { method: "DELETE" });

/** The same vote twice is one vote: it is sent until the server has it. @param {string} id @param {number} round @param {Vote} value */
export const vote = (id, round, value) =>
  persist(() => post(`${ROOM}/polls/${encodeURIComponent(id)}/vote`, { round, value }, undefined, "PUT"));

/** Where the votes of a poll are to be had as a table: none says whose it is. @param {string} id */
export const resultsAddress = (id) => `${ROOM}/polls/${encodeURIComponent(id)}/results.csv`;

/** @param {{ name: string, state?: string, experiment?: string }} offer */
export const offerRun = (offer) => post(`${ROOM}/offers`, offer);

/** @returns {Promise<{ items: Offer[] }>} */
export const getOffers = () => getJson(`${ROOM}/offers`);

/** @param {string} id */
export const presentOffer = (id) => post(`${ROOM}/offers/${encodeURIComponent(id)}/present`, {});

/** @param {string} id */
export const dropOffer = (id) => ask(`${ROOM}/offers/${encodeURIComponent(id)}`, { method: "DELETE" });

/** @returns {Promise<{ items: Challenge[], presets: { name: string, title: string }[] }>} */
export const getChallenges = () => getJson(`${ROOM}/challenges`);

/** @param {string} preset @returns {Promise<Challenge>} */
export const setChallenge = async (preset) => (await post(`${ROOM}/challenges`, { preset })).json();

/** @param {string} id @returns {Promise<Challenge>} */
export const getChallenge = (id) => getJson(`${ROOM}/challenges/${encodeURIComponent(id)}`);

/** @param {string} id @param {SubmittedRun} run @returns {Promise<Submitted>} */
export const submitRun = async (id, run) =>
  (await post(`${ROOM}/challenges/${encodeURIComponent(id)}/submissions`, { run })).json();

/** @param {string} id @param {string} submission @param {boolean} hidden */
export const hideSubmission = (id, submission, hidden) =>
  post(
    `${ROOM}/challenges/${encodeURIComponent(id)}/submissions/${encodeURIComponent(submission)}`,
    { hidden },
    undefined,
    "PATCH",
  );

/** @param {string} nickname */
export const setNickname = (nickname) => post(`${ROOM}/nickname`, { nickname }, undefined, "PUT");
