/** The mark: a ship's wheel with eight spokes; the handles are the ordinals, the first one filled. */
export function Mark(props: { readonly size?: number; readonly className?: string }) {
  const size = props.size ?? 24;
  const spokes = Array.from({ length: 8 }, (_, index) => {
    const angle = (index * Math.PI) / 4 - Math.PI / 2;
    const at = (radius: number) =>
      [16 + radius * Math.cos(angle), 16 + radius * Math.sin(angle)].map((value) => value.toFixed(2));
    return { index, inner: at(4), outer: at(12.4), knob: at(13.6) };
  });
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className={props.className} fill="none">
      <circle cx="16" cy="16" r="9" stroke="currentColor" strokeWidth="2.2" />
      <circle cx="16" cy="16" r="3" stroke="currentColor" strokeWidth="2" />
      {spokes.map((spoke) => (
        <g key={spoke.index}>
          <line
            x1={spoke.inner[0]}
            y1={spoke.inner[1]}
            x2={spoke.outer[0]}
            y2={spoke.outer[1]}
            stroke="currentColor"
            strokeWidth="1.8"
          />
          <circle
            cx={spoke.knob[0]}
            cy={spoke.knob[1]}
            r={spoke.index === 0 ? 2.3 : 1.7}
            fill={spoke.index === 0 ? "var(--accent-line)" : "currentColor"}
          />
        </g>
      ))}
    </svg>
  );
}
