/** Every route below /api, answered by the attempt service that server.ts made. */
interface Statecraft {
  handleApi(request: Request): Promise<Response>;
}

function handle(request: Request): Promise<Response> | Response {
  const { statecraft } = globalThis as { statecraft?: Statecraft };
  if (statecraft === undefined) {
    const message = "The pages run without their server; start them with npm start or npm run dev.";
    return Response.json({ error: { code: "no-server", message } }, { status: 503 });
  }
  return statecraft.handleApi(request);
}

export const dynamic = "force-dynamic";
export { handle as DELETE, handle as GET, handle as POST, handle as PUT };
