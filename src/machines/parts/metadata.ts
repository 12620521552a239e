/** What Nova's metadata API and Neutron's agent know each other by: a Secret of Neutron's. */
export const metadataSecretOf = {
  id: 'metadata-secret',
  key: 'secret',
  nameFor: (neutron: string): string => `${neutron}-metadata-secret`,
} as const;
