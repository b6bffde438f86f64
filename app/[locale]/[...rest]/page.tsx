import { notFound } from "next/navigation";

/** Every other address below a language: the designed "not found" in that language. */
export default function Rest(): never {
  notFound();
}
