"use client";

import { type ComponentType, useEffect, useState } from "react";

type Load<Props> = () => Promise<{ readonly default: ComponentType<Props> }>;

const loaded = new WeakMap<object, ComponentType<never>>();

/**
 * A component whose code comes when it is wanted; undefined until it is there. Unlike a lazy component it appears at
 * once: React keeps what a Suspense boundary waited for back until 300 ms have passed since another one's.
 */
export function useCode<Props>(load: Load<Props>, wanted: boolean): ComponentType<Props> | undefined {
  const [component, setComponent] = useState(() => loaded.get(load) as ComponentType<Props> | undefined);
  useEffect(() => {
    if (!wanted || component !== undefined) return;
    let mounted = true;
    load().then(
      ({ default: arrived }) => {
        loaded.set(load, arrived as ComponentType<never>);
        if (mounted) setComponent(() => arrived);
      },
      () => undefined,
    );
    return () => {
      mounted = false;
    };
  }, [load, wanted, component]);
  return component;
}
