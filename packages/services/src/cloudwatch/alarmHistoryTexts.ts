import type { AlarmRecord, AlarmSettings } from "@hearth/store";

type Texts = { readonly summary: string; readonly data: string };

/** What an alarm's history says when it is created or changed. */
export function putTexts(AlarmName: string, settings: AlarmSettings, before: AlarmRecord | undefined): Texts {
  const alarm = { alarmName: AlarmName, ...settings };
  if (!before) {
    return {
      summary: `Alarm "${AlarmName}" created`,
      data: JSON.stringify({ version: "1.0", type: "Create", createdAlarm: alarm }),
    };
  }
  return {
    summary: `Alarm "${AlarmName}" updated`,
    data: JSON.stringify({ version: "1.0", type: "Update", updatedAlarm: alarm }),
  };
}

/** What its history says when it is deleted. */
export function deleteTexts({ AlarmName, settings }: AlarmRecord): Texts {
  return {
    summary: `Alarm "${AlarmName}" deleted`,
    data: JSON.stringify({ version: "1.0", type: "Delete", deletedAlarm: { alarmName: AlarmName, ...settings } }),
  };
}
