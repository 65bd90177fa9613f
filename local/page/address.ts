import { useEffect, useState } from 'preact/hooks';

/** What the page shows, as the fragment of its address says: `#VIEW/ID?FILTER`. */
export interface Address {
  readonly view: string;
  /** What is opened in the view. */
  readonly id: string;
  /** What the view is filtered by, in the form of a query. */
  readonly filter: string;
}

export function addressOf(fragment: string): Address {
  const [, view = '', id = '', filter = ''] = /^#?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(fragment) ?? [];
  return { view, id: decoded(id), filter };
}

export function fragmentOf({ view, id, filter }: Address): string {
  return `#${view}${id && `/${encodeURIComponent(id)}`}${filter && `?${filter}`}`;
}

/** Follows the address. */
export function useAddress(): Address {
  const [address, setAddress] = useState(() => addressOf(location.hash));
  useEffect(() => {
    const follow = () => {
      setAddress(addressOf(location.hash));
    };
    addEventListener('hashchange', follow);
    return () => {
      removeEventListener('hashchange', follow);
    };
  }, []);
  return address;
}

/** What somebody has typed need not be well encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
