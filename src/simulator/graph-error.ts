/** An error as Meta answers it. */
export type GraphError = { readonly httpStatus: number; readonly body: object };

/** An error in Meta's shape; details are said where a caller needs them to find the mistake. */
export function graphError(httpStatus: number, code: number, title: string, details?: string): GraphError {
  const error = {
    message: `(#${code}) ${title}`,
    type: code === 190 ? 'OAuthException' : 'GraphMethodException',
    code,
    ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
    fbtrace_id: 'simulator',
  };
  return { httpStatus, body: { error } };
}

export const errors = {
  token: () => graphError(401, 190, 'Invalid OAuth 2.0 Access Token'),
  noSuchNumber: (id: string) =>
    graphError(400, 100, `Unsupported post request. Object with ID '${id}' does not exist`, 'No such phone number id.'),
  version: () => graphError(400, 2500, 'Unknown path components: the version looks like v25.0'),
  invalid: (details: string) => graphError(400, 100, 'Invalid parameter', details),
  missing: (details: string) => graphError(400, 131008, 'Required parameter is missing', details),
  value: (details: string) => graphError(400, 131009, 'Parameter value is not valid', details),
  type: (type: string) => graphError(400, 131051, 'Unsupported message type', `The simulator does not send ${type}.`),
  parameters: (details: string) => graphError(400, 132000, 'Number of parameters does not match', details),
  format: (details: string) => graphError(400, 132018, 'There was an issue with the parameters', details),
  template: (details: string) => graphError(404, 132001, 'Template name does not exist in the translation', details),
  window: () =>
    graphError(
      400,
      131047,
      'Re-engagement message',
      'More than 24 hours have passed since the recipient last replied to the sender number.',
    ),
} as const;
