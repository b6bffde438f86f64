import type { ContainerImage, ImageSource, Program, ProgramTable } from "../../machine/index.ts";
import type { ImageDetails, ImageFamily, Repository } from "../types.ts";
import { digestOf, parseReference, pullError } from "./reference.ts";

/** One source of images made of families. Images are made when first asked for, once. */
export function imageSource(families: readonly ImageFamily[], tools: ProgramTable): ImageSource {
  const repositories = new Map<string, Repository>();
  const programs = new Map<string, Program>(tools);
  for (const family of families) {
    for (const repository of family.repositories) repositories.set(repository.name, repository);
    for (const [name, program] of Object.entries(family.programs)) programs.set(name, program);
  }
  const made = new Map<string, ContainerImage>();
  return {
    programs,
    resolve(text) {
      const reference = parseReference(text);
      const repository = repositories.get(reference.repository);
      if (repository === undefined) return { error: pullError(reference, false) };
      const { digest } = reference;
      const tag = digest === undefined ? reference.tag : tagOf(repository, digest);
      // A digest means one image, whatever tag stands before it.
      if (tag === undefined) return { error: pullError(reference, true) };
      const full = `${reference.repository}:${tag}`;
      const known = made.get(full);
      if (known !== undefined) return { image: known };
      const details = repository.image(tag);
      if (details === undefined) return { error: pullError(reference, true) };
      const image = toImage(full, details);
      made.set(full, image);
      return { image };
    },
    references() {
      return [...repositories.values()].flatMap(({ name, tags }) =>
        tags.map((tag) => `${name.replace(/^docker\.io\/(library\/)?/, "")}:${tag}`),
      );
    },
  };
}

const tagOf = ({ name, tags, digests }: Repository, digest: string): string | undefined =>
  digests?.[digest] ?? tags.find((tag) => digestOf(`${name}:${tag}`) === digest);

function toImage(reference: string, details: ImageDetails): ContainerImage {
  return Object.freeze({
    reference,
    digest: digestOf(reference),
    sizeBytes: details.sizeBytes,
    root: details.root,
    entrypoint: details.entrypoint ?? [],
    command: details.command ?? [],
    env: details.env ?? {},
    workingDirectory: details.workingDirectory ?? "/",
    uid: details.uid ?? 0,
    gid: details.gid ?? 0,
    ...(details.volumes === undefined ? {} : { volumes: details.volumes }),
    ...(details.stopSignal === undefined ? {} : { stopSignal: details.stopSignal }),
    ...(details.exposedPorts === undefined ? {} : { exposedPorts: details.exposedPorts }),
  });
}
