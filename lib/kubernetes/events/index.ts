export {
  createRecorder,
  createSeriesRecorder,
  type EventDetails,
  type EventRecorder,
  type EventType,
  type RecorderOptions,
  SeriesRecorder,
} from "./recorder.ts";
