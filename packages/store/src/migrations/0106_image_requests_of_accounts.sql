-- Not every account may use every image. Requests that are open during the upgrade are asked again by their callers.
DELETE FROM image_requests;
ALTER TABLE image_requests ADD COLUMN account_id text NOT NULL;
