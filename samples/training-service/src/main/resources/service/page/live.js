/** Server-sent events that come back by themselves. */

const PAUSES_SECONDS = [0.25, 1, 2, 4, 8];
const QUIET_SECONDS = 20;

/**
 * Follows a stream of events. At each connection the whole state is loaded once, after the stream is open, so nothing
 * is missed: not by a reload, a restart of the service, or a refused stream. A stream that is quiet for long is checked by
 * a request, since a connection that was cut somewhere on its way looks like a quiet one. A hidden tab holds no stream.
 *
 * @param path the stream
 * @param load loads the whole state; what it throws counts as a lost connection, a 404 as the end
 * @param events a handler for each type of event; it gets the parsed data, and whether the data came before `load` ended
 * @param onState notified of "connecting", "live", "lost" and "refused" (the service answers, but not with a stream), both with
 *     the seconds until the next try, and "gone"
 * @return what closes it
 */
export function follow(path, load, events, onState) {
  let source = null;
  let timer = 0;
  let quiet = 0;
  let failures = 0;
  let closed = false;

  function open() {
    const mine = new EventSource(path);
    const early = [];
    let opened = false;
    let loaded = false;
    source = mine;
    for (const [type, handle] of Object.entries(events)) {
      mine.addEventListener(type, (event) => {
        if (mine !== source) {
          return;
        }
        heard();
        const data = event.data ? JSON.parse(event.data) : null;
        if (loaded) {
          handle(data, false);
        } else {
          early.push(() => handle(data, true));
        }
      });
    }
    mine.onopen = async () => {
      opened = true;
      try {
        await load();
      } catch (failure) {
        if (mine === source) {
          lost(failure);
        }
        return;
      }
      if (mine === source) {
        loaded = true;
        failures = 0;
        heard();
        onState("live");
        early.forEach((handle) => handle());
      }
    };
    mine.onerror = () => mine === source && (opened ? lost() : refused());
  }

  function heard() {
    clearTimeout(quiet);
    quiet = setTimeout(ask, QUIET_SECONDS * 1000);
  }

  async function ask() {
    const asked = source;
    try {
      await load();
    } catch (failure) {
      if (asked && asked === source) {
        lost(failure);
      }
      return;
    }
    if (asked && asked === source) {
      heard();
    }
  }

  function lost(failure) {
    clearTimeout(quiet);
    source?.close();
    source = null;
    if (failure?.status === 404) {
      close();
      onState("gone");
    } else {
      openLater("lost");
    }
  }

  /** A plain request says whether the service is there, and shows the newest state if only the stream is refused. */
  async function refused() {
    source.close();
    source = null;
    try {
      await load();
    } catch (failure) {
      if (!closed && !source && !document.hidden) {
        lost(failure);
      }
      return;
    }
    if (!closed && !source && !document.hidden) {
      openLater("refused");
    }
  }

  function openLater(state) {
    const pause = PAUSES_SECONDS[Math.min(failures, PAUSES_SECONDS.length - 1)];
    failures++;
    onState(state, pause);
    timer = setTimeout(open, pause * 1000);
  }

  function close() {
    closed = true;
    stop();
    document.removeEventListener("visibilitychange", look);
  }

  function stop() {
    clearTimeout(quiet);
    clearTimeout(timer);
    timer = 0;
    source?.close();
    source = null;
  }

  function look() {
    if (document.hidden) {
      stop();
    } else if (!source) {
      stop();
      open();
    }
  }

  document.addEventListener("visibilitychange", look);
  onState("connecting");
  open();
  return close;
}
