export { cookieValue, createGuest, findSession, SESSION_COOKIE, SESSION_SECONDS, type Session } from "./sessions.ts";
