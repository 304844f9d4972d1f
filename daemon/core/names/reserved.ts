// "Naming Files, Paths, and Namespaces" of the Win32 documentation: characters, endings, names of devices.
const FORBIDDEN = /[\p{Cc}<>:"|?*\\]/gu;
const BAD_ENDING = /[. ]+$/u;
// A device with any extension is still that device, and so it is with spaces before the dot. COM¹ is COM1 in Latin-1.
const DEVICE = /^(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *(?:\..*)?$/isu;
// What NTFS and FAT may call another file beside its name: a file of that name would be that other one.
const SHORT_NAME = /^[^.]{0,7}~[0-9]{1,6}(?:\.[^.]{0,3})?$/u;

/** True for what can not be the name of a file on Windows. */
export function isReservedOnWindows(name: string): boolean {
  return name.search(FORBIDDEN) >= 0 || BAD_ENDING.test(name) || DEVICE.test(name) || SHORT_NAME.test(name);
}

/** The same text without what Windows forbids anywhere in a name; what it is the name of a device is left to others. */
export function withoutForbidden(text: string): string {
  return text.replace(FORBIDDEN, '_');
}

/** A text that may stand at the end of a name. */
export function withoutBadEnding(text: string): string {
  return text.replace(BAD_ENDING, '');
}

/** True when Windows takes the name for that of a device. */
export function namesDevice(name: string): boolean {
  return DEVICE.test(name);
}
