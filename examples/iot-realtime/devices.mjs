// Three devices, which publish a reading each over MQTT. An access key is their name and password.
import mqtt from "mqtt";

const client = await mqtt.connectAsync(process.env.MQTT_URL, {
  username: process.env.AWS_ACCESS_KEY_ID,
  password: process.env.AWS_SECRET_ACCESS_KEY,
  protocolVersion: 4,
});
for (const [room, temperature] of Object.entries({ kitchen: 31.5, cellar: 12, attic: 38 }))
  await client.publishAsync(`rooms/${room}/climate`, JSON.stringify({ temperature }), { qos: 1 });
await client.endAsync();
