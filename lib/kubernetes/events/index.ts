export {
  createRecorder,
  createSeriesRecorder,
  type EventRecorder,
  SeriesRecorder,
} from "./recorder.ts";
