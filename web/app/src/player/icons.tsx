/** Signs of the controls; their buttons say what they mean. */
const paths = {
  play: "M8 5.2v13.6a.8.8 0 0 0 1.2.7l11-6.8a.8.8 0 0 0 0-1.4l-11-6.8A.8.8 0 0 0 8 5.2z",
  pause: "M7 5h3.4v14H7zM13.6 5H17v14h-3.4z",
  next: "M5 5.6v12.8a.7.7 0 0 0 1.1.6l9.4-6.4a.7.7 0 0 0 0-1.2L6.1 5A.7.7 0 0 0 5 5.6zM17 5h2.4v14H17z",
  previous: "M19 5.6v12.8a.7.7 0 0 1-1.1.6l-9.4-6.4a.7.7 0 0 1 0-1.2L17.9 5a.7.7 0 0 1 1.1.6zM4.6 5H7v14H4.6z",
  add: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  remove: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6 10.6 12 5 6.4z",
  volume:
    "M4 9.5v5h3.4L12 19V5L7.4 9.5zM14.5 8.5a4.5 4.5 0 0 1 0 7zM14.5 4.6v2.1a5.5 5.5 0 0 1 0 10.6v2.1a7.6 7.6 0 0 0 0-14.8z",
  device:
    "M4 5h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1h-6v2h3v1.6H7V19h3v-2H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zm.8 1.8v8.4h14.4V6.8z",
  everywhere:
    "M12 10.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6zM8.2 8.2l1.2 1.2a3.7 3.7 0 0 0 0 5.2l-1.2 1.2a5.4 5.4 0 0 1 0-7.6zm7.6 0a5.4 5.4 0 0 1 0 7.6l-1.2-1.2a3.7 3.7 0 0 0 0-5.2zM5.4 5.4l1.2 1.2a7.6 7.6 0 0 0 0 10.8l-1.2 1.2a9.3 9.3 0 0 1 0-13.2zm13.2 0a9.3 9.3 0 0 1 0 13.2l-1.2-1.2a7.6 7.6 0 0 0 0-10.8z",
  search:
    "M10.5 4a6.5 6.5 0 0 1 5.2 10.4l4.3 4.2-1.4 1.4-4.2-4.3A6.5 6.5 0 1 1 10.5 4zm0 2a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z",
} as const;

export function Icon({ name, className = "size-5" }: { name: keyof typeof paths; className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} fill="currentColor" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
