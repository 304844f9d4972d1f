/** One Syncthing instance of a pair. */
export interface SyncthingSide {
  readonly name: string;
  readonly home: string;
  readonly root: string;
  /** Its device id. */
  readonly id: string;
  readonly syncPort: number;
  readonly apiPort: number;
  readonly apiKey: string;
}

export const FOLDER = 'bench';

/** config.xml of one side; fields as in https://docs.syncthing.net/users/config.html, defaults elsewhere. */
export function syncthingConfiguration(side: SyncthingSide, pair: readonly SyncthingSide[]): string {
  const devices = pair.map(
    ({ id, name, syncPort }) =>
      `<device id="${id}" name="${name}" compression="metadata"><address>tcp://127.0.0.1:${syncPort}</address></device>`,
  );
  const members = pair.map(({ id }) => `<device id="${id}"></device>`);
  return `<configuration version="36">
  <folder id="${FOLDER}" label="${FOLDER}" path="${side.root}" type="sendreceive" rescanIntervalS="3600"
      fsWatcherEnabled="true" fsWatcherDelayS="1">
    ${members.join('\n    ')}
  </folder>
  ${devices.join('\n  ')}
  <gui enabled="true" tls="false"><address>127.0.0.1:${side.apiPort}</address><apikey>${side.apiKey}</apikey></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:${side.syncPort}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <startBrowser>false</startBrowser>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <reconnectionIntervalS>1</reconnectionIntervalS>
  </options>
</configuration>
`;
}

/** Asks its REST API (https://docs.syncthing.net/dev/rest.html). */
export async function askSyncthing(side: SyncthingSide, path: string): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${side.apiPort}${path}`, { headers: { 'X-API-Key': side.apiKey } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}
