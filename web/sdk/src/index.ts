export { SeatSelectionClient, type SeatSelectionEvents } from "./seat-selection-client.js";
export type { SeatSelectionOptions } from "./options.js";
export type { ConnectionState, ConnectionStatus } from "./connection.js";
export type { RoomSnapshot, SeatHold } from "./room-state.js";
export { closeCodes, type StopReason } from "./close-codes.js";
export { fetchRoom, fetchRooms } from "./rooms.js";
export type * from "./messages.js";
export * from "./audio/index.js";
export * from "./events/index.js";
