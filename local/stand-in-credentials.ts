/** Credentials for the embedded SQS and S3, which take any: so that those of a real account never reach it. */
export const standInCredentials = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
} as const;
