/** grpc.health.v1.Health/Check as probes ask for it here: a POST, answered with grpc-status (see kubelet/probes/grpc.ts). */
import type { HttpReply, HttpRequest } from "./http.ts";

export const HEALTH_PATH = "/grpc.health.v1.Health/Check";

const reply = (status: string, message: string, body = ""): HttpReply => ({
  status: 200,
  headers: { "Content-Type": "application/grpc", "grpc-status": status, "grpc-message": message },
  body,
});

/** `service`: the one this server knows beside "" (the server as a whole). */
export function grpcHealth(request: HttpRequest, service: string, healthy: boolean): HttpReply {
  if (request.headers.get("content-type") !== "application/grpc") return { status: 415 };
  if (request.path !== HEALTH_PATH) return reply("12", `unknown service ${request.path.split("/")[1] ?? ""}`);
  const asked = new TextDecoder().decode(request.body);
  if (asked !== "" && asked !== service) return reply("5", "unknown service");
  return reply("0", "", healthy ? "SERVING" : "NOT_SERVING");
}
