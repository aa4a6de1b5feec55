/** @typedef {{ _handle_comm_msg(message: unknown): Promise<unknown>, comm?: { on_msg(receive: (message: unknown) => unknown): void } }} HostModel */
/** @typedef {{ has_model?(id: string): boolean, get_model(id: string): Promise<HostModel> }} Manager */

const NOTHING = { content: { data: { method: "none" } }, buffers: [] };

/**
 * `render` of a view whose model receives what the kernel sends also where its module was loaded late.
 *
 * anywidget gives a module 2 s to load. Where that took longer, as on a busy computer, the view is drawn, and every
 * message to its model fails from then on. Such a model gets its messages without anywidget's wait, and what it missed.
 * @template {import("@anywidget/types").RenderProps<any>} Props
 * @param {(props: Props) => unknown} render
 * @returns {(props: Props) => unknown}
 */
export function heard(render) {
  return (props) => {
    const manager = /** @type {Manager | undefined} */ (/** @type {unknown} */ (props.model.widget_manager));
    const id = props.model.get("ident");
    if (!manager?.has_model?.(id)) return render(props); // not one of ipywidgets
    return manager.get_model(id).then(async (host) => {
      if (!(await receives(host))) await madeUp(props);
      return props.signal.aborted ? undefined : render(props);
    });
  };
}

/** The kernel sends what was missed. @param {import("@anywidget/types").RenderProps<any>} props */
function madeUp({ model, signal }) {
  return new Promise((resolve) => {
    const receive = (/** @type {any} */ message) => {
      if (message?.kind === "made_up") resolve(model.off("msg:custom", receive));
    };
    model.on("msg:custom", receive);
    signal.addEventListener("abort", resolve);
    model.send({ kind: "missed" });
  });
}

/** Whether it did receive its messages so far. @param {HostModel} host */
async function receives(host) {
  try {
    await host._handle_comm_msg(NOTHING);
    return true;
  } catch {
    const receive = unwaited(host);
    host.comm?.on_msg((message) => receive.call(host, message));
    return !host.comm;
  }
}

/** What anywidget's method overrides. @param {HostModel} host */
function unwaited(host) {
  let prototype = Object.getPrototypeOf(host);
  while (!Object.hasOwn(prototype, "_handle_comm_msg")) prototype = Object.getPrototypeOf(prototype);
  return /** @type {HostModel} */ (Object.getPrototypeOf(prototype))._handle_comm_msg;
}
